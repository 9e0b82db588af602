import { test } from 'bun:test';
import { whyNoNamespaces } from '../../scripts/network/namespaces.ts';
import type { Cluster, ClusterOptions } from '../cluster/cluster.ts';
import { type ClusterSuite, shareCluster } from '../cluster/cluster-suite.ts';
import type { TestNetwork } from './test-network.ts';

/** A cluster whose machines are hosts of their own. */
export type NetworkedCluster = Cluster & { readonly network: TestNetwork };

export interface NetworkSuite {
  test(name: string, body: (cluster: NetworkedCluster) => Promise<void>, timeoutMs?: number): void;
}

/**
 * As `shareCluster`, with each machine a host of its own. Where namespaces cannot be made (they need root, on Linux)
 * the tests are listed as skipped, and why is said once a file.
 */
export function shareNetwork(options: ClusterOptions): NetworkSuite {
  const why = whyNoNamespaces();
  if (why !== undefined) {
    console.warn(`left out: ${why}`);
    return { test: (name) => test.skip(name, () => {}) };
  }
  return shareCluster({ ...options, network: 'netns' }) as Pick<ClusterSuite, 'test'> as NetworkSuite;
}
