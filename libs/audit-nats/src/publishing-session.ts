import type { Outbox, PendingRecord } from '@hawser/audit';
import type { Logger } from '@hawser/observability';
import { Backoff, type Clock, sleep } from '@hawser/runtime';
import {
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamPublishOptions,
  jetstream,
} from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import type { EventStream } from './event-stream.ts';
import type { PublisherMetrics } from './publisher-metrics.ts';
import { SyncLedger } from './sync-ledger.ts';
import { Wakeup } from './wakeup.ts';

export interface PublishingSessionOptions {
  readonly connection: NatsConnection;
  readonly outbox: Outbox;
  readonly stream: EventStream;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly metrics: PublisherMetrics;
  readonly syncIntervalMs: number;
}

/** Enough to keep the connection busy (measured: 40,000 events a second; one at a time 7,000). */
const MAX_IN_FLIGHT = 256;
const PUBLISH_TIMEOUT_MS = 5_000;
const SYNC_CHECKS_PER_INTERVAL = 10;
/** How many rows one acknowledgement removes; each is a bound variable of one SQL statement. */
const ACKNOWLEDGE_BATCH = 1_000;
/** What is under way when the service stops gets this long; the rest waits in the outbox for the next start. */
const FINISH_MS = 2_000;

/** What a message has besides its body and its id: the names of its headers. */
const HEADER_BYTES = 128;
/** The stream's own bound on messages (`max_msg_size`) refuses with this code. */
const MESSAGE_TOO_LARGE = 10_054;

/**
 * Sends the outbox over one connection, from its first record on. A new connection means a new session, which
 * begins with the first record again: the server may have restarted and lost what it had acknowledged and not
 * synced. What it did keep it recognizes by the message id.
 */
export class PublishingSession {
  readonly #options: PublishingSessionOptions;
  readonly #jetstream: JetStreamClient;
  readonly #ledger: SyncLedger;
  readonly #wakeup = new Wakeup();
  readonly #inFlight = new Set<Promise<void>>();
  #lastSent = 0;

  constructor(options: PublishingSessionOptions) {
    this.#options = options;
    this.#jetstream = jetstream(options.connection, { timeout: PUBLISH_TIMEOUT_MS });
    this.#ledger = new SyncLedger(options.syncIntervalMs);
  }

  /** Resolves when the signal aborts or the connection has ended; what is under way has ended then too. */
  async run(signal: AbortSignal): Promise<void> {
    this.#options.metrics.parked.set(0);
    const ending = new AbortController();
    const end = () => {
      ending.abort();
      this.#wakeup.call();
    };
    signal.addEventListener('abort', end, { once: true });
    void this.#options.connection.closed().then(end);
    using _appends = this.#options.outbox.onAppend(this.#wakeup.call);
    const sync = this.#acknowledgeSynced(ending.signal);
    try {
      if (signal.aborted) end();
      while (!ending.signal.aborted) await this.#sendNext(ending.signal);
    } finally {
      end();
      signal.removeEventListener('abort', end);
      await Promise.all([sync, this.#finish()]);
    }
  }

  /** Sends what the outbox has next, or waits until it has something or there is room. */
  async #sendNext(signal: AbortSignal): Promise<void> {
    const room = MAX_IN_FLIGHT - this.#inFlight.size;
    // Half empty before it is filled again, so that the outbox is read in batches.
    const records = room < MAX_IN_FLIGHT / 2 ? [] : await this.#options.outbox.pending(room, this.#lastSent);
    if (records.length === 0) return this.#wakeup.wait();
    for (const record of records) {
      this.#lastSent = record.sequence;
      const sending = this.#send(record, signal).finally(() => {
        this.#inFlight.delete(sending);
        this.#wakeup.call();
      });
      this.#inFlight.add(sending);
    }
  }

  /** Sends one record until it is acknowledged, is parked or the session ends; never rejects. */
  async #send(record: PendingRecord, signal: AbortSignal): Promise<void> {
    if (this.#isTooLarge(record)) return this.#park(record);
    const backoff = new Backoff({ initialMs: 100, maxMs: 10_000 });
    while (!signal.aborted) {
      try {
        await this.#jetstream.publish(record.subject, record.body, this.#messageOptions(record));
        this.#ledger.note(record.sequence, this.#options.clock.now().getTime());
        this.#options.metrics.published.inc();
        return;
      } catch (error) {
        if (error instanceof JetStreamApiError && error.code === MESSAGE_TOO_LARGE) return this.#park(record);
        this.#options.metrics.errors.inc();
        this.#options.logger.warn(
          { error, id: record.id },
          `publishing one of the ${this.#options.stream.what} failed, will try again`,
        );
        await sleep(backoff.next(), signal, this.#options.clock).catch(() => {});
      }
    }
  }

  #messageOptions({ id }: PendingRecord): Partial<JetStreamPublishOptions> {
    const { contentType } = this.#options.stream;
    if (contentType === undefined) return { msgID: id };
    const own = headers();
    own.set('content-type', contentType);
    return { msgID: id, headers: own };
  }

  #isTooLarge({ id, body }: PendingRecord): boolean {
    const limit = this.#options.connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
    return Buffer.byteLength(body) + Buffer.byteLength(id) + HEADER_BYTES > limit;
  }

  /** Sent again and again it would only be refused: it stays in the outbox, for a server that takes more. */
  #park({ id, body }: PendingRecord): void {
    this.#options.metrics.parked.inc();
    this.#options.logger.error(
      { id, sizeBytes: Buffer.byteLength(body), limitBytes: this.#options.connection.info?.max_payload },
      'an event is too large for NATS and stays in the outbox; raise max_payload to have it published',
    );
  }

  /** From time to time removes from the outbox what the server has had long enough to have synced. */
  async #acknowledgeSynced(signal: AbortSignal): Promise<void> {
    const { clock, outbox, syncIntervalMs, logger } = this.#options;
    while (!signal.aborted) {
      await sleep(syncIntervalMs / SYNC_CHECKS_PER_INTERVAL, signal, clock).catch(() => {});
      if (signal.aborted) return;
      const synced = this.#ledger.takeSynced(clock.now().getTime());
      try {
        for (let at = 0; at < synced.length; at += ACKNOWLEDGE_BATCH) {
          await outbox.acknowledge(synced.slice(at, at + ACKNOWLEDGE_BATCH));
        }
      } catch (error) {
        // They stay, and are sent again by the next session.
        logger.error({ error }, 'removing published events from the outbox failed');
      }
    }
  }

  async #finish(): Promise<void> {
    const deadline = new AbortController();
    const finished = Promise.all(this.#inFlight).then(() => deadline.abort());
    await Promise.race([finished, sleep(FINISH_MS, deadline.signal, this.#options.clock).catch(() => {})]);
  }
}
