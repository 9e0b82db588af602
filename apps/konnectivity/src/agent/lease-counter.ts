import { leases } from '@hawser/api';
import { Informer, KubeClient, type ListOptions, StatusError } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { type Clock, sleep } from '@hawser/runtime';
import { isLeaseValid } from '../link/server-lease.ts';
import type { AgentMetrics } from './agent-metrics.ts';

export interface LeaseCounterOptions {
  /** May not be there yet: a node's is made by TLS bootstrap. */
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly labelSelector: string;
  readonly metrics: AgentMetrics;
  /** Called when the count may have changed. */
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

const KUBECONFIG_RETRY_MS = 1_000;

/** Counts servers by their Leases, as upstream's agent (pkg/agent/lease_counter.go). */
export class LeaseCounter {
  readonly #options: LeaseCounterOptions;
  #informer: Informer<typeof leases> | undefined;

  constructor(options: LeaseCounterOptions) {
    this.#options = options;
  }

  /** How many Leases are valid now; 0 where none is known. */
  readonly count = (): number => {
    const nowMs = this.#options.clock.now().getTime();
    return (this.#informer?.list() ?? []).filter((lease) => isLeaseValid(lease, nowMs)).length;
  };

  /** Follows the Leases until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const client = await this.#connect(signal);
    if (client === undefined) return;
    await using _client = client;
    const { namespace, labelSelector, onChange, clock, logger, metrics } = this.#options;
    this.#informer = new Informer(measured(client, metrics), leases, {
      namespace,
      labelSelector,
      clock,
      logger,
    });
    this.#informer.subscribe({ added: onChange, updated: onChange, deleted: onChange });
    await this.#informer.run(signal);
  }

  async #connect(signal: AbortSignal): Promise<KubeClient | undefined> {
    const { kubeconfig, clock, logger } = this.#options;
    for (let tries = 1; !signal.aborted; tries += 1) {
      try {
        return KubeClient.fromKubeconfig(kubeconfig, {
          userAgent: 'hawser-konnectivity-agent',
          clock,
          logger,
        });
      } catch (error) {
        const why = (error as Error).message;
        if (tries === 1) logger.warn({ why }, 'servers cannot be counted yet: waiting for the kubeconfig');
        await sleep(KUBECONFIG_RETRY_MS, signal, clock).catch(() => {});
      }
    }
    return undefined;
  }
}

/** A client whose lists and watches of Leases are counted. */
function measured(client: KubeClient, metrics: AgentMetrics): Pick<KubeClient, 'list' | 'watch'> {
  return {
    async list(resource, options?: ListOptions) {
      const startedMs = performance.now();
      const seconds = () => (performance.now() - startedMs) / 1000;
      try {
        const result = await client.list(resource, options);
        metrics.listedLeases(200, '', seconds());
        return result;
      } catch (error) {
        if (error instanceof StatusError) metrics.listedLeases(error.code, error.reason ?? '', seconds());
        throw error;
      }
    },
    async *watch(resource, options, signal) {
      const onOpen = () => {
        metrics.watchedLeases(200, '');
        options?.onOpen?.();
      };
      try {
        yield* client.watch(resource, { ...options, onOpen }, signal);
      } catch (error) {
        if (error instanceof StatusError) metrics.watchedLeases(error.code, error.reason ?? '');
        throw error;
      }
    },
  };
}
