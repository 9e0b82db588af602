import { expectJson } from '../../cluster/expectations.ts';
import type { Json } from '../../cluster/wire-client.ts';
import type { NetworkedCluster } from '../network-suite.ts';
import type { TestProtocol } from './host-questions.ts';

/** One endpoint of a Service that is made by hand. */
export interface HandmadeEndpoint {
  readonly address: string;
  readonly nodeName?: string;
  readonly conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean };
}

/** What differs of a Service from one TCP port 80 with a ClusterIP. */
export interface HandmadeService {
  readonly spec?: object;
  readonly protocol?: TestProtocol;
  /** Where its endpoints listen. */
  readonly targetPort: number;
}

/** A Service without a selector, with a slice that the test writes. */
export class ServiceUnderTest {
  private constructor(
    private readonly cluster: NetworkedCluster,
    private readonly namespace: string,
    private readonly options: HandmadeService,
    readonly object: Json,
  ) {}

  static async create(
    cluster: NetworkedCluster,
    options: HandmadeService,
    endpoints: readonly HandmadeEndpoint[],
  ): Promise<ServiceUnderTest> {
    const namespace = await cluster.namespace();
    const { protocol = 'TCP', targetPort, spec = {} } = options;
    const object = expectJson(
      await cluster.admin.post(`/api/v1/namespaces/${namespace}/services`, {
        metadata: { name: 'web' },
        spec: { ports: [{ port: 80, protocol, targetPort }], ...spec },
      }),
      201,
    );
    const service = new ServiceUnderTest(cluster, namespace, options, object);
    const slice = { metadata: { name: 'web', labels: { 'kubernetes.io/service-name': 'web' } } };
    expectJson(await cluster.admin.post(service.#slices, { ...slice, ...service.#body(endpoints) }), 201);
    return service;
  }

  get clusterIP(): string {
    return this.object.spec.clusterIP;
  }

  get nodePort(): number {
    return this.object.spec.ports[0].nodePort;
  }

  /** From now on these are its endpoints. */
  async setEndpoints(endpoints: readonly HandmadeEndpoint[]): Promise<void> {
    const path = `${this.#slices}/web`;
    expectJson(await this.cluster.admin.patch(path, 'merge', this.#body(endpoints)), 200);
  }

  /** Sets labels of the Service; null takes one away. */
  async label(labels: Readonly<Record<string, string | null>>): Promise<void> {
    expectJson(await this.cluster.admin.patch(this.#path, 'merge', { metadata: { labels } }), 200);
  }

  async delete(): Promise<void> {
    expectJson(await this.cluster.admin.delete(this.#path), 200);
  }

  get #path(): string {
    return `/api/v1/namespaces/${this.namespace}/services/web`;
  }

  get #slices(): string {
    return `/apis/discovery.k8s.io/v1/namespaces/${this.namespace}/endpointslices`;
  }

  #body(endpoints: readonly HandmadeEndpoint[]) {
    const { protocol = 'TCP', targetPort } = this.options;
    return {
      addressType: 'IPv4',
      ports: [{ name: '', port: targetPort, protocol }],
      endpoints: endpoints.map(({ address, ...rest }) => ({
        addresses: [address],
        conditions: { ready: true },
        ...rest,
      })),
    };
  }
}
