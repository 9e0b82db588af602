import { type Lease, leases } from '@hawser/api';
import { isAlreadyExists, isNotFound, type KubeClient, StatusError } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { Backoff, type Clock, sleep } from '@hawser/runtime';
import { isLeaseValid } from '../../link/server-lease.ts';
import type { CallMetrics, LeaseMetrics } from './lease-metrics.ts';

export interface LeaseControllerOptions {
  readonly client: KubeClient;
  readonly serverID: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly metrics: LeaseMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Upstream's times (cmd/server/app/server.go). */
const DURATION_SECONDS = 30;
const RENEW_MS = 15_000;
const COLLECT_MS = 15_000;
const FAREWELL_MS = 2_000;

/**
 * Keeps a Lease that says that this server is there, counts the servers by their Leases, and takes away those of
 * servers that are there no more. By the Leases agents know how many servers to connect to.
 */
export class LeaseController {
  readonly #options: LeaseControllerOptions;
  readonly #name: string;
  #held: Lease | undefined;
  #count = 0;

  constructor(options: LeaseControllerOptions) {
    this.#options = options;
    this.#name = `konnectivity-proxy-server-${options.serverID}`;
  }

  /** How many servers there are, this one included. */
  get count(): number {
    return Math.max(1, this.#count);
  }

  /** Until the signal aborts; then its own Lease goes. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#repeat(RENEW_MS, 'lease not renewed', signal, () => this.#renew(signal)),
      this.#repeat(COLLECT_MS, 'leases not looked through', signal, () => this.#collect(signal)),
    ]);
    await this.#release();
  }

  /** Again and again; sooner while it fails, and said in the log once for each row of failures. */
  async #repeat(
    periodMs: number,
    complaint: string,
    signal: AbortSignal,
    act: () => Promise<void>,
  ): Promise<void> {
    const { clock, logger } = this.#options;
    const backoff = new Backoff({ initialMs: 200, maxMs: 7_000 });
    for (let tries = 1; !signal.aborted; tries += 1) {
      let waitMs = periodMs;
      try {
        await act();
        backoff.reset();
        tries = 0;
      } catch (error) {
        if (signal.aborted) return;
        logger[tries === 1 ? 'warn' : 'debug']({ why: (error as Error).message }, complaint);
        waitMs = backoff.next();
      }
      await sleep(waitMs, signal, clock).catch(() => {});
    }
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    try {
      const held = this.#held ?? (await this.#read(signal));
      this.#held =
        held === undefined
          ? await client.create(leases, this.#renewed(this.#fresh()), { signal })
          : await client.update(leases, this.#renewed(held), { signal });
    } catch (error) {
      this.#held = undefined;
      if (!isAlreadyExists(error)) throw error;
    }
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, namespace } = this.#options;
    try {
      return await client.get(leases, this.#name, { namespace, signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  #fresh(): Lease {
    const { namespace } = this.#options;
    return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: this.#name, namespace } };
  }

  #renewed(lease: Lease): Lease {
    const { labels, serverID, clock } = this.#options;
    const renewTime = clock.now().toISOString().replace('Z', '000Z');
    return {
      ...lease,
      metadata: { ...lease.metadata, labels: { ...labels } },
      spec: { ...lease.spec, holderIdentity: serverID, leaseDurationSeconds: DURATION_SECONDS, renewTime },
    };
  }

  async #collect(signal: AbortSignal): Promise<void> {
    const { client, namespace, labels, metrics, clock } = this.#options;
    const labelSelector = Object.entries(labels)
      .map((label) => label.join('='))
      .join(',');
    const list = () => client.list(leases, { namespace, labelSelector, signal });
    const { items } = await this.#measured(metrics.lists, list);
    const nowMs = clock.now().getTime();
    const expired = items.filter((lease) => !isLeaseValid(lease, nowMs));
    this.#count = items.length - expired.length;
    for (const lease of expired) await this.#cull(lease, signal);
  }

  /** In the version that was seen only: it may have been renewed since. */
  async #cull({ metadata }: Lease, signal: AbortSignal): Promise<void> {
    const { client, namespace, metrics, logger } = this.#options;
    const { name, resourceVersion = '' } = metadata;
    try {
      const remove = () => client.delete(leases, name, { namespace, resourceVersion, signal });
      await this.#measured(metrics.deletions, remove);
      metrics.culled.inc();
      logger.info({ lease: name }, 'the lease of a server that is gone was taken away');
    } catch (error) {
      if (!isNotFound(error)) logger.debug({ error, lease: name }, 'lease not taken away');
    }
  }

  async #measured<T>(metrics: CallMetrics, call: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    const seconds = () => (performance.now() - startedMs) / 1000;
    try {
      const result = await call();
      metrics.observe(200, '', seconds());
      return result;
    } catch (error) {
      if (error instanceof StatusError) metrics.observe(error.code, error.reason, seconds());
      throw error;
    }
  }

  async #release(): Promise<void> {
    const { client, namespace, logger } = this.#options;
    try {
      await client.delete(leases, this.#name, { namespace, signal: AbortSignal.timeout(FAREWELL_MS) });
    } catch (error) {
      if (!isNotFound(error))
        logger.warn({ why: (error as Error).message }, 'lease not given back: it will expire');
    }
  }
}
