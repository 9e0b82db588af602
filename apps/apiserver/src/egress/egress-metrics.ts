import { Counter, Histogram, type Registry } from '@hawser/observability';

/** Which tunnel is dialled through, in the words of upstream's labels. */
export interface DialLabels {
  readonly protocol: 'http_connect' | 'grpc';
  readonly transport: 'tcp' | 'uds';
}

/** Dials through tunnels, under upstream's names (apiserver/pkg/server/egressselector/metrics). */
export class EgressMetrics {
  readonly starts: Counter<'protocol' | 'transport'>;
  readonly durations: Histogram<'protocol' | 'transport'>;
  readonly failures: Counter<'protocol' | 'transport' | 'stage'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.starts = new Counter({
      name: 'apiserver_egress_dialer_dial_start_total',
      help: 'Dials that were begun, by the protocol (http_connect or grpc) and transport (tcp or uds).',
      labelNames: ['protocol', 'transport'],
      registers,
    });
    this.durations = new Histogram({
      name: 'apiserver_egress_dialer_dial_duration_seconds',
      help: 'How long dials took that succeeded, by the protocol (http_connect or grpc) and transport (tcp or uds).',
      labelNames: ['protocol', 'transport'],
      buckets: [0.005, 0.025, 0.1, 0.5, 2.5, 12.5],
      registers,
    });
    this.failures = new Counter({
      name: 'apiserver_egress_dialer_dial_failure_count',
      help: 'Dials that failed, by the protocol (http_connect or grpc), transport (tcp or uds) and the stage at which they did: on the way to the proxy server (connect), or by its answer (proxy).',
      labelNames: ['protocol', 'transport', 'stage'],
      registers,
    });
  }
}
