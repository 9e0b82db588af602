import { hostAddress, nodeAddress } from '../../../scripts/network/addresses.ts';
import { findNetworkTool } from '../../../scripts/network/network-tool.ts';
import type { NetworkedCluster } from '../network-suite.ts';
import { TestHost } from './test-host.ts';

const SUBNETS = { 'backend-a': 101, 'backend-b': 102, outside: 103 } as const;
/** Where the backends' servers listen; each greets with its host's name. */
export const BACKEND_PORT = 8080;

/** Two hosts with servers, a node with a kube-proxy, and a host that is neither. */
export class ServiceScene implements AsyncDisposable {
  readonly node: TestHost;
  readonly outside: TestHost;
  readonly a: TestHost;
  readonly b: TestHost;
  readonly nodeAddress = nodeAddress(1, 'netns');
  readonly aEndpoint = { address: hostAddress(SUBNETS['backend-a']) };
  readonly bEndpoint = { address: hostAddress(SUBNETS['backend-b']) };

  private constructor(readonly cluster: NetworkedCluster) {
    const { network } = cluster;
    for (const [host, subnet] of Object.entries(SUBNETS)) network.addHost(host, subnet);
    // Whoever is no node reaches ClusterIPs by the node.
    const route = ['route', 'add', '10.96.0.0/16', 'via', this.nodeAddress];
    network.in(network.router, [findNetworkTool('ip'), ...route]);
    this.node = new TestHost(network, 'node-1');
    this.outside = new TestHost(network, 'outside');
    this.a = new TestHost(network, 'backend-a');
    this.b = new TestHost(network, 'backend-b');
  }

  static async set(cluster: NetworkedCluster): Promise<ServiceScene> {
    const scene = new ServiceScene(cluster);
    for (const protocol of ['TCP', 'UDP'] as const) {
      await scene.a.serve('a', BACKEND_PORT, protocol);
      await scene.b.serve('b', BACKEND_PORT, protocol);
    }
    return scene;
  }

  get endpoints() {
    return [this.aEndpoint, this.bEndpoint];
  }

  /** What a command prints on the node. */
  onNode(...argv: string[]): string {
    const { network } = this.cluster;
    return network.in(network.namespaceOf('node-1'), argv);
  }

  /** All packet filters of the node. */
  ruleset(): string {
    return this.onNode(findNetworkTool('nft'), 'list', 'ruleset');
  }

  /** All addresses of the node. */
  addresses(): string {
    return this.onNode(findNetworkTool('ip'), 'address');
  }

  /** What kube-proxy answers at its metrics address. */
  asked(path: string): string {
    const { network, ports } = this.cluster;
    return network.fetchFrom('node-1', `http://${this.nodeAddress}:${ports.kubeProxyMetrics}${path}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of [this.node, this.outside, this.a, this.b]) await host[Symbol.asyncDispose]();
  }
}
