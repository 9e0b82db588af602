import { Counter, Histogram, type Registry } from '@hawser/observability';

const PREFIX = 'konnectivity_network_proxy_server_';

/** What is counted of the servers' Leases, with upstream's names. */
export class LeaseMetrics {
  readonly culled: Counter;
  readonly lists: CallMetrics;
  readonly deletions: CallMetrics;

  constructor(registry: Registry) {
    this.culled = new Counter({
      name: `${PREFIX}culled_leases_count`,
      help: 'Count of expired leases that the lease garbage collection controller has culled.',
      registers: [registry],
    });
    this.lists = new CallMetrics(registry, 'list');
    this.deletions = new CallMetrics(registry, 'delete');
  }
}

/** Calls of one verb. */
export class CallMetrics {
  readonly #total: Counter<'http_status_code' | 'reason'>;
  readonly #latency: Histogram<'http_status_code'>;

  constructor(registry: Registry, verb: 'list' | 'delete') {
    this.#total = new Counter({
      name: `${PREFIX}lease_${verb}_total`,
      help: `Count of lease ${verb} calls by the garbage collection controller. Labeled by HTTP status code and reason.`,
      labelNames: ['http_status_code', 'reason'],
      registers: [registry],
    });
    this.#latency = new Histogram({
      name: `${PREFIX}lease_${verb}_latency_seconds`,
      help: `Latency of lease ${verb} calls by the garbage collection controller in seconds.`,
      labelNames: ['http_status_code'],
      registers: [registry],
    });
  }

  observe(code: number, reason: string, seconds: number): void {
    this.#total.inc({ http_status_code: code, reason });
    this.#latency.observe({ http_status_code: code }, seconds);
  }
}
