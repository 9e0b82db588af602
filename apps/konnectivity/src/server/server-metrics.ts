import { Counter, createRegistry, Gauge, Histogram, type Registry } from '@hawser/observability';
import type { AgentProtocol } from '../link/agent-connection.ts';
import type { TunnelBytes, TunnelFailureReason } from '../link/front-end.ts';
import type { ProxyStrategy } from './backends/proxy-strategy.ts';
import type { ClaimFault, IdentifierType } from './identifiers/parse-identifiers.ts';

const PREFIX = 'konnectivity_network_proxy_server_';
/** Upstream's, and some in the range in which tunnels really answer. */
const DIAL_BUCKETS = [0.000001, 0.00001, 0.0001, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 12.5];
const DURATION_BUCKETS = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 14400, 43200, 86400];

/** What is counted anew each time that somebody looks. */
export interface MetricsSources {
  /** How many agents would be asked under a strategy. */
  readonly readyBackends: (strategy: ProxyStrategy) => number;
  readonly agents: (protocol: AgentProtocol) => number;
}

/** The server's metrics: upstream's names where upstream has the metric. */
export class ServerMetrics {
  readonly registry: Registry = createRegistry();
  readonly #registers = [this.registry];

  readonly #dialDuration = new Histogram({
    name: `${PREFIX}dial_duration_seconds`,
    help: 'Latency of dial to the remote endpoint in seconds',
    buckets: DIAL_BUCKETS,
    registers: this.#registers,
  });
  readonly #connectionDuration = new Histogram({
    name: `${PREFIX}connection_duration_seconds`,
    help: 'Duration in seconds a proxied end-to-end connection was established (post-dial) before being closed.',
    buckets: DURATION_BUCKETS,
    registers: this.#registers,
  });
  readonly #dialFailures = new Counter({
    name: `${PREFIX}dial_failure_count`,
    help: 'Number of dial failures observed. Multiple failures can occur for a single dial request.',
    labelNames: ['reason'],
    registers: this.#registers,
  });
  readonly #tunnelBytes = new Counter({
    name: `${PREFIX}tunnel_bytes_total`,
    help: 'Bytes carried by tunnels that have ended.',
    labelNames: ['direction'],
    registers: this.#registers,
  });
  readonly #refusedAgents = new Counter({
    name: `${PREFIX}refused_agents_total`,
    help: 'Agents that were turned away.',
    labelNames: ['code'],
    registers: this.#registers,
  });
  readonly #rejectedIdentifiers = new Counter({
    name: `${PREFIX}rejected_identifiers_total`,
    help: 'Identifiers of agents that did not count.',
    labelNames: ['type', 'reason'],
    registers: this.#registers,
  });
  readonly stalledTunnels = new Counter({
    name: `${PREFIX}stalled_tunnels_total`,
    help: 'Tunnels over gRPC that were closed because their reader had stalled and held up others.',
    registers: this.#registers,
  });
  readonly pendingDials = this.#gauge(
    'pending_backend_dials',
    'Current number of pending backend dial requests',
  );
  readonly establishedConnections = this.#gauge(
    'established_connections',
    'Current number of established end-to-end connections (post-dial).',
  );
  readonly httpConnections = this.#gauge('http_connections', 'Number of current HTTP CONNECT connections');

  /** Calls of clients at the gRPC front end. */
  readonly proxyCalls = new RunningCount();

  constructor() {
    // Zeros from the start: a rate over a series that begins with 1 is nothing.
    for (const reason of REASONS) this.#dialFailures.inc({ reason }, 0);
    for (const direction of ['to_target', 'from_target']) this.#tunnelBytes.inc({ direction }, 0);
  }

  /** Adds what is counted from the server's agents. */
  watch(sources: MetricsSources, strategies: readonly ProxyStrategy[]): void {
    const registers = this.#registers;
    const { proxyCalls } = this;
    new Gauge({
      name: `${PREFIX}ready_backend_connections`,
      help: 'Number of konnectivity agent connected to the proxy server. DEPRECATED, please use ready_backends',
      registers,
      collect() {
        this.set(sources.readyBackends('default'));
      },
    });
    new Gauge({
      name: `${PREFIX}ready_backends`,
      help: 'Number of konnectivity agent connected to the proxy server',
      labelNames: ['proxy_strategy'],
      registers,
      collect() {
        for (const strategy of strategies)
          this.set({ proxy_strategy: strategy }, sources.readyBackends(strategy));
      },
    });
    new Gauge({
      name: `${PREFIX}agent_connections`,
      help: 'Number of current connections of agents, by protocol.',
      labelNames: ['protocol'],
      registers,
      collect() {
        for (const protocol of ['yamux', 'grpc'] as const) this.set({ protocol }, sources.agents(protocol));
      },
    });
    new Gauge({
      name: `${PREFIX}grpc_connections`,
      help: 'Number of current grpc connections, partitioned by service method.',
      labelNames: ['service_method'],
      registers,
      collect() {
        this.set({ service_method: 'Connect' }, sources.agents('grpc'));
        this.set({ service_method: 'Proxy' }, proxyCalls.count);
      },
    });
  }

  observeDial(seconds: number): void {
    this.#dialDuration.observe(seconds);
  }

  observeDialFailure(reason: TunnelFailureReason): void {
    this.#dialFailures.inc({ reason });
  }

  observeClosed({ toTarget, fromTarget }: TunnelBytes, seconds: number): void {
    this.#connectionDuration.observe(seconds);
    this.#tunnelBytes.inc({ direction: 'to_target' }, toTarget);
    this.#tunnelBytes.inc({ direction: 'from_target' }, fromTarget);
  }

  observeRefusedAgent(code: string): void {
    this.#refusedAgents.inc({ code });
  }

  observeRejectedIdentifier(type: IdentifierType, reason: ClaimFault): void {
    this.#rejectedIdentifiers.inc({ type, reason });
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name: PREFIX + name, help, registers: this.#registers });
  }
}

const REASONS: readonly TunnelFailureReason[] = [
  'no_agent',
  'error_response',
  'backend_close',
  'backend_dial_timeout',
  'frontend_close',
];

/** How many there are, from how many come and go. */
class RunningCount {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(by: 1 | -1): void {
    this.#count += by;
  }
}
