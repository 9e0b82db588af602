import { Counter, createRegistry, Gauge, Histogram, type Registry } from '@hawser/observability';
import { type Clock, systemClock } from '@hawser/runtime';
import { addCertificateGauges } from '../certificates/certificate-metrics.ts';
import type { StoredCertificate } from '../certificates/certificate-store.ts';
import type { ContainerRuntime } from '../container-runtime/container-runtime.ts';

export interface MetricsSources {
  readonly nodeName: string;
  readonly runtime: ContainerRuntime;
  /** The certificates in use, by upstream's names for them. */
  readonly certificates: Readonly<Record<'client' | 'server', () => StoredCertificate | undefined>>;
  readonly clock?: Clock;
}

/** The kubelet's metrics, under upstream's names. */
export class KubeletMetrics {
  readonly registry: Registry = createRegistry();
  readonly #requests: Counter<'method' | 'path' | 'code'>;
  readonly #durations: Histogram<'method' | 'path'>;

  constructor(sources: MetricsSources) {
    const registers = [this.registry];
    this.#requests = new Counter({
      name: 'kubelet_http_requests_total',
      help: 'Requests served, by the kind of path.',
      labelNames: ['method', 'path', 'code'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'kubelet_http_requests_duration_seconds',
      help: 'Time taken by requests.',
      labelNames: ['method', 'path'],
      registers,
    });
    const node = new Gauge({ name: 'kubelet_node_name', help: 'Always 1.', labelNames: ['node'], registers });
    node.set({ node: sources.nodeName }, 1);
    addRuntimeGauges(sources, registers);
    addCertificateGauges(this.registry, sources.certificates, sources.clock ?? systemClock);
  }

  /** @param path the kind of path, such as `containerLogs`; never a name that a client chose. */
  observeRequest(method: string, path: string, code: number, seconds: number): void {
    this.#requests.inc({ method, path, code: String(code) });
    this.#durations.observe({ method, path }, seconds);
  }
}

function addRuntimeGauges({ runtime }: MetricsSources, registers: Registry[]): void {
  new Gauge({
    name: 'kubelet_running_pods',
    help: 'Pods with a sandbox that is ready.',
    registers,
    async collect() {
      this.set((await runtime.listPodSandbox()).filter(({ state }) => state === 'ready').length);
    },
  });
  new Gauge({
    name: 'kubelet_running_containers',
    help: 'Containers by their state.',
    labelNames: ['container_state'],
    registers,
    async collect() {
      this.reset();
      for (const { state } of await runtime.listContainers()) this.inc({ container_state: state });
    },
  });
}
