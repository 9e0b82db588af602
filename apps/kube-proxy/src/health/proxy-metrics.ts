import { Counter, Gauge, Histogram, type Registry } from '@hawser/observability';
import type { IpFamily } from '../services/ip-family.ts';

const steps = (start: number, width: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => start + i * width);

/** Upstream's: fine below a second, by seconds to a minute, then coarse to five. */
const PROGRAMMING_BUCKETS = [
  ...steps(0.25, 0.25, 2),
  ...steps(1, 1, 59),
  ...steps(60, 5, 12),
  ...steps(120, 30, 7),
];
const SYNC_BUCKETS = Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i);

/** kube-proxy's metrics, under upstream's names (pkg/proxy/metrics). */
export class ProxyMetrics {
  readonly syncDuration: Histogram<'ip_family'>;
  readonly fullSyncDuration: Histogram<'ip_family'>;
  readonly networkProgrammingDuration: Histogram<'ip_family'>;
  readonly lastSync: Gauge<'ip_family'>;
  readonly lastQueued: Gauge<'ip_family'>;
  readonly serviceChangesPending: Gauge<'ip_family'>;
  readonly serviceChanges: Counter<'ip_family'>;
  readonly endpointChangesPending: Gauge<'ip_family'>;
  readonly endpointChanges: Counter<'ip_family'>;
  readonly noLocalEndpoints: Gauge<'ip_family' | 'traffic_policy'>;
  readonly syncFailures: Counter<'ip_family'>;
  readonly cleanupFailures: Counter<'ip_family'>;
  readonly healthz: Counter<'code'>;
  readonly livez: Counter<'code'>;

  constructor(
    registry: Registry,
    readonly family: IpFamily,
  ) {
    const registers = [registry];
    const labelNames = ['ip_family'] as const;
    const gauge = (name: string, help: string) =>
      new Gauge({ name: `kubeproxy_${name}`, help, labelNames, registers });
    const counter = (name: string, help: string) =>
      new Counter({ name: `kubeproxy_${name}`, help, labelNames, registers });
    const histogram = (name: string, help: string, buckets: number[]) =>
      new Histogram({ name: `kubeproxy_${name}`, help, labelNames, buckets, registers });
    this.syncDuration = histogram('sync_proxy_rules_duration_seconds', 'How long syncs took.', SYNC_BUCKETS);
    this.fullSyncDuration = histogram(
      'sync_full_proxy_rules_duration_seconds',
      'How long syncs of everything took.',
      SYNC_BUCKETS,
    );
    this.networkProgrammingDuration = histogram(
      'network_programming_duration_seconds',
      'From the change of an endpoint, as its slice says, to the rules.',
      PROGRAMMING_BUCKETS,
    );
    this.lastSync = gauge('sync_proxy_rules_last_timestamp_seconds', 'When the last sync succeeded.');
    this.lastQueued = gauge(
      'sync_proxy_rules_last_queued_timestamp_seconds',
      'When a sync was last asked for.',
    );
    this.serviceChangesPending = gauge(
      'sync_proxy_rules_service_changes_pending',
      'Changes of Services that wait.',
    );
    this.serviceChanges = counter('sync_proxy_rules_service_changes_total', 'Changes of Services.');
    this.endpointChangesPending = gauge(
      'sync_proxy_rules_endpoint_changes_pending',
      'Changes of endpoints that wait.',
    );
    this.endpointChanges = counter('sync_proxy_rules_endpoint_changes_total', 'Changes of endpoints.');
    this.noLocalEndpoints = new Gauge({
      name: 'kubeproxy_sync_proxy_rules_no_local_endpoints_total',
      help: 'Ports with policy Local and no endpoint on this node, by the policy that is meant.',
      labelNames: ['ip_family', 'traffic_policy'],
      registers,
    });
    this.syncFailures = counter(
      'sync_proxy_rules_nftables_sync_failures_total',
      'Transactions of nft that failed.',
    );
    this.cleanupFailures = counter(
      'sync_proxy_rules_nftables_cleanup_failures_total',
      'Deletions of unused chains that failed.',
    );
    const codes = (name: string, help: string) =>
      new Counter({ name: `kubeproxy_${name}`, help, labelNames: ['code'], registers });
    this.healthz = codes('proxy_healthz_total', 'Answers of /healthz by code.');
    this.livez = codes('proxy_livez_total', 'Answers of /livez by code.');
    // Zeros from the start: a rate over a series that begins with 1 is nothing.
    for (const one of [this.serviceChanges, this.endpointChanges, this.syncFailures, this.cleanupFailures])
      one.inc({ ip_family: family }, 0);
    for (const code of ['200', '503']) for (const one of [this.healthz, this.livez]) one.inc({ code }, 0);
  }
}
