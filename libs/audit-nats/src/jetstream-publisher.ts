import type { Outbox } from '@hawser/audit';
import type { Logger, Registry } from '@hawser/observability';
import { Backoff, type Clock, sleep, systemClock } from '@hawser/runtime';
import { ReloadingFiles, ReloadMetrics } from '@hawser/tls-files';
import { jetstreamManager } from '@nats-io/jetstream';
import { AUDIT, type EventStream, ensureStream } from './event-stream.ts';
import {
  connectNats,
  type NatsMaterial,
  type NatsOptions,
  natsPaths,
  readNatsMaterial,
} from './nats-connection.ts';
import { PublisherMetrics } from './publisher-metrics.ts';
import { PublishingSession } from './publishing-session.ts';

export interface JetStreamPublisherOptions {
  readonly nats: NatsOptions;
  readonly outbox: Outbox;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Where events go; the audit stream if absent. */
  readonly stream?: EventStream;
  readonly clock?: Clock;
  /** Streams to make where they are not; none if absent: then the publisher waits for who makes its own. */
  readonly makes?: readonly EventStream[];
  /** For how long after its ack the server may not have synced a message; its `sync_interval` and some more. */
  readonly syncIntervalMs?: number;
}

/** nats-server syncs every two minutes unless configured otherwise, which 2.9 does not allow. */
const DEFAULT_SYNC_INTERVAL_MS = 130_000;

/**
 * Brings the outbox to its stream, for as long as it takes: connects, makes the streams that it is to make, sends, and when
 * the connection breaks begins again. Its troubles never reach the service: events wait in the outbox, the metrics
 * and the log say so.
 */
export class JetStreamPublisher implements AsyncDisposable {
  readonly #options: JetStreamPublisherOptions & { readonly clock: Clock; readonly stream: EventStream };
  readonly #metrics: PublisherMetrics;
  readonly #disposal = new AbortController();
  readonly #backoff = new Backoff({ initialMs: 200, maxMs: 5_000 });
  #running: Promise<void> = Promise.resolve();
  #files: ReloadingFiles<NatsMaterial> | undefined;
  /** Why there is no connection, as it was last said in the log; undefined while there is one. */
  #reportedFault: string | undefined;

  constructor(options: JetStreamPublisherOptions) {
    const { clock = systemClock, stream = AUDIT } = options;
    this.#options = { ...options, clock, stream };
    this.#metrics = new PublisherMetrics(options.registry, stream, () => options.outbox.count());
  }

  /** Publishes until the signal aborts or the publisher is disposed; never rejects. To be called once. */
  run(signal: AbortSignal): Promise<void> {
    this.#running = this.#publishForEver(AbortSignal.any([signal, this.#disposal.signal]));
    return this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposal.abort();
    await this.#running;
  }

  async #publishForEver(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#publishOnce(signal);
      } catch (error) {
        this.#metrics.errors.inc();
        this.#reportDown(error);
      }
      if (!signal.aborted) await sleep(this.#backoff.next(), signal, this.#options.clock).catch(() => {});
    }
  }

  /** One connection, from its making to its end: that of the files that it was made with, too. */
  async #publishOnce(stop: AbortSignal): Promise<void> {
    const material = this.#material;
    const connection = await connectNats(this.#options.nats, material.current);
    const replaced = new AbortController();
    const signal = AbortSignal.any([stop, replaced.signal]);
    void material.follow(() => replaced.abort(), signal);
    try {
      const { makes = [] } = this.#options;
      for (const each of makes) await ensureStream(await jetstreamManager(connection), each);
      this.#reportUp(connection.getServer());
      await new PublishingSession({
        ...this.#options,
        connection,
        metrics: this.#metrics,
        syncIntervalMs: this.#options.syncIntervalMs ?? DEFAULT_SYNC_INTERVAL_MS,
      }).run(signal);
      if (!signal.aborted)
        throw new Error('the connection to NATS was closed', { cause: await connection.closed() });
    } finally {
      replaced.abort();
      this.#metrics.connected.set(0);
      await connection.close();
    }
  }

  /** Not before they are needed: whoever makes the files may not have come to that. */
  get #material(): ReloadingFiles<NatsMaterial> {
    const { nats, clock, logger, registry } = this.#options;
    this.#files ??= new ReloadingFiles({
      ...{ name: 'nats', paths: natsPaths(nats), parse: readNatsMaterial },
      ...{ clock, logger, metrics: new ReloadMetrics(registry) },
    });
    return this.#files;
  }

  #reportUp(server: string): void {
    this.#reportedFault = undefined;
    this.#backoff.reset();
    this.#metrics.connected.set(1);
    const { logger, stream } = this.#options;
    logger.info({ server, stream: stream.name }, `publishing ${stream.what} to NATS`);
  }

  /** One warning a reason: an outage may begin with a restart and go on with a certificate that is refused. */
  #reportDown(error: unknown): void {
    const { logger, nats, stream } = this.#options;
    const values = { error, servers: nats.servers };
    const fault = String(error);
    if (this.#reportedFault === fault) logger.debug(values, 'NATS is still unavailable');
    else logger.warn(values, `NATS is unavailable, ${stream.what} wait in the outbox`);
    this.#reportedFault = fault;
  }
}
