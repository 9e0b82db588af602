import { Counter, Gauge, Histogram, type Registry } from '@hawser/observability';

const PREFIX = 'konnectivity_network_proxy_agent_';
/** Upstream's: 5 ms to 30 s. */
const BUCKETS = [0.005, 0.025, 0.1, 0.5, 2.5, 10, 30];

export type DialFailureReason = 'timeout' | 'refused' | 'unknown';

/** What an agent tells of its links at the moment it is asked. */
export interface LinkGauges {
  readonly serverConnections: () => number;
  readonly knownServers: () => number;
}

/** The agent's metrics, under upstream's names where they mean the same. */
export class AgentMetrics {
  readonly endpointConnections: Gauge;
  readonly #dialDurations: Histogram;
  readonly #dialFailures: Counter<'reason'>;
  readonly #serverFailures: Counter<'direction'>;
  readonly #leaseLists: Counter<'http_response_code' | 'reason'>;
  readonly #leaseWatches: Counter<'http_response_code' | 'reason'>;
  readonly #leaseListDurations: Histogram<'http_response_code'>;

  constructor(readonly registry: Registry) {
    const registers = [registry];
    this.endpointConnections = new Gauge({
      name: `${PREFIX}open_endpoint_connections`,
      help: 'Current number of open connections to endpoints.',
      registers,
    });
    this.#dialDurations = new Histogram({
      name: `${PREFIX}dial_duration_seconds`,
      help: 'Time that successful dials to endpoints took.',
      buckets: BUCKETS,
      registers,
    });
    this.#dialFailures = new Counter({
      name: `${PREFIX}endpoint_dial_failure_total`,
      help: 'Failed dials to endpoints by reason: timeout, refused (by the agent itself), unknown.',
      labelNames: ['reason'],
      registers,
    });
    this.#serverFailures = new Counter({
      name: `${PREFIX}server_connection_failure_count`,
      help: 'Links to servers that were lost (from_server) or could not be made (to_server).',
      labelNames: ['direction'],
      registers,
    });
    const labelNames = ['http_response_code', 'reason'] as const;
    this.#leaseLists = new Counter({
      name: `${PREFIX}lease_lists_total`,
      help: 'Lists of Leases by the status code of the answer.',
      labelNames,
      registers,
    });
    this.#leaseWatches = new Counter({
      name: `${PREFIX}lease_watches_total`,
      help: 'Watches of Leases by the status code of the answer.',
      labelNames,
      registers,
    });
    this.#leaseListDurations = new Histogram({
      name: `${PREFIX}lease_list_latency_seconds`,
      help: 'Time that lists of Leases took.',
      labelNames: ['http_response_code'],
      buckets: BUCKETS,
      registers,
    });
    // Zeros from the start: a rate over a series that begins with 1 is nothing.
    for (const reason of ['timeout', 'refused', 'unknown']) this.#dialFailures.inc({ reason }, 0);
    for (const direction of ['from_server', 'to_server']) this.#serverFailures.inc({ direction }, 0);
  }

  /** Has the gauges of links read from here. */
  follow({ serverConnections, knownServers }: LinkGauges): void {
    const registers = [this.registry];
    new Gauge({
      name: `${PREFIX}open_server_connections`,
      help: 'Current number of open connections to servers.',
      registers,
      collect() {
        this.set(serverConnections());
      },
    });
    new Gauge({
      name: `${PREFIX}known_server_count`,
      help: 'Number of servers that the agent is to be connected to.',
      registers,
      collect() {
        this.set(knownServers());
      },
    });
  }

  dialled(seconds: number): void {
    this.#dialDurations.observe(seconds);
  }

  dialFailed(reason: DialFailureReason): void {
    this.#dialFailures.inc({ reason });
  }

  serverFailed(direction: 'from_server' | 'to_server'): void {
    this.#serverFailures.inc({ direction });
  }

  listedLeases(code: number, reason: string, seconds: number): void {
    this.#leaseLists.inc({ http_response_code: String(code), reason });
    this.#leaseListDurations.observe({ http_response_code: String(code) }, seconds);
  }

  watchedLeases(code: number, reason: string): void {
    this.#leaseWatches.inc({ http_response_code: String(code), reason });
  }
}
