import type { EndpointSlice, Node } from '@hawser/api';
import type { Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import type { ProxyHealth } from '../health/proxy-health.ts';
import type { ProxyMetrics } from '../health/proxy-metrics.ts';
import type { ServiceHealth } from '../health/service-health.ts';
import type { ClusterObserver, WatchedCluster } from '../hub/watched-cluster.ts';
import type { Proxier } from '../proxier.ts';
import {
  externalDisposition,
  internalDisposition,
  type WantedPort,
  wantedServices,
} from '../services/wanted-services.ts';
import { SyncRunner } from './sync-runner.ts';

export interface ServiceFollowerOptions {
  readonly cluster: WatchedCluster;
  readonly proxier: Proxier;
  readonly health: ProxyHealth;
  readonly metrics: ProxyMetrics;
  /** Answers load balancers for what is served. */
  readonly serviceHealth: Pick<ServiceHealth, 'sync'>;
  readonly minPeriodMs: number;
  readonly periodMs: number;
  /** Told of the node each time that it changes, before what follows from that is done. */
  readonly onNode?: (node: Node | undefined) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** When the pods of a slice changed, by the controller that wrote it. */
const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';

/** Has the proxier serve what the hub says, as it changes. */
export class ServiceFollower implements ClusterObserver {
  readonly #runner: SyncRunner;
  /** When what waits to be synced began, by the controller. */
  #triggeredMs: number[] = [];
  #pending = { services: 0, endpoints: 0 };
  /** Changes from before cannot be measured by when they happened. */
  readonly #startedMs: number;

  constructor(private readonly options: ServiceFollowerOptions) {
    const { minPeriodMs, periodMs, clock, logger, proxier } = options;
    this.#startedMs = clock.now().getTime();
    this.#runner = new SyncRunner({
      sync: (whole) => this.#sync(whole),
      isIntact: () => proxier.isIntact(),
      ...{ minPeriodMs, periodMs, clock, logger },
    });
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.options.cluster.run(this, signal), this.#runner.run(signal)]);
  }

  serviceChanged(): void {
    this.options.metrics.serviceChanges.inc(this.#labels);
    this.#pending.services += 1;
    this.#request();
  }

  endpointsChanged(slice: EndpointSlice): void {
    this.options.metrics.endpointChanges.inc(this.#labels);
    this.#pending.endpoints += 1;
    const triggeredMs = Date.parse(slice.metadata.annotations?.[TRIGGER_TIME] ?? '');
    if (triggeredMs >= this.#startedMs) this.#triggeredMs.push(triggeredMs);
    this.#request();
  }

  nodeChanged(node: Node | undefined): void {
    this.options.health.nodeSeen(node);
    this.options.onNode?.(node);
    // Where it is and its addresses are part of what is wanted; mostly that is as it was, and nothing is to be done.
    this.#runner.request();
  }

  #request(): void {
    const { metrics, health } = this.options;
    health.queued();
    metrics.lastQueued.set(this.#labels, this.#nowMs() / 1000);
    this.#setPending();
    this.#runner.request();
  }

  async #sync(whole: boolean): Promise<void> {
    const { cluster, proxier, health, metrics, logger } = this.options;
    const startedMs = this.#nowMs();
    const before = performance.now();
    const triggered = this.#triggeredMs;
    const wanted = wantedServices(cluster.see(), metrics.family);
    this.#pending = { services: 0, endpoints: 0 };
    this.#triggeredMs = [];
    try {
      await proxier.sync(wanted, whole);
    } catch (error) {
      this.#triggeredMs.push(...triggered);
      throw error;
    }
    const tookMs = performance.now() - before;
    metrics.syncDuration.observe(this.#labels, tookMs / 1000);
    if (whole) metrics.fullSyncDuration.observe(this.#labels, tookMs / 1000);
    metrics.lastSync.set(this.#labels, this.#nowMs() / 1000);
    for (const sinceMs of triggered)
      metrics.networkProgrammingDuration.observe(this.#labels, (this.#nowMs() - sinceMs) / 1000);
    await this.options.serviceHealth.sync(wanted);
    this.#countLocal(wanted);
    this.#setPending();
    health.updated(startedMs);
    logger.debug({ ports: wanted.length, tookMs: Math.round(tookMs), whole }, 'synced');
  }

  #countLocal(wanted: readonly WantedPort[]): void {
    const { noLocalEndpoints } = this.options.metrics;
    const dropped = { internal: internalDisposition, external: externalDisposition };
    for (const [policy, dispositionOf] of Object.entries(dropped)) {
      const count = wanted.filter((port) => dispositionOf(port).to === 'drop').length;
      noLocalEndpoints.set({ ...this.#labels, traffic_policy: policy }, count);
    }
  }

  #setPending(): void {
    const { serviceChangesPending, endpointChangesPending } = this.options.metrics;
    serviceChangesPending.set(this.#labels, this.#pending.services);
    endpointChangesPending.set(this.#labels, this.#pending.endpoints);
  }

  get #labels() {
    return { ip_family: this.options.metrics.family };
  }

  #nowMs(): number {
    return this.options.clock.now().getTime();
  }
}
