import { afterAll } from 'bun:test';
import type { Pod } from '@hawser/api';
import { KubeClient } from '@hawser/client';
import type { Cluster } from '../../cluster/cluster.ts';
import { type ClusterSuite, shareCluster } from '../../cluster/cluster-suite.ts';
import { BareNode } from './bare-node.ts';
import { type Outcome, PodRunner } from './pod-runner.ts';

const ROOM = { cpu: '256', memory: '256Gi', pods: '1000' };

/** What a test of loops over pods works with. */
export interface PodSurroundings extends AsyncDisposable {
  readonly client: KubeClient;
  readonly namespace: string;
}

/**
 * A cluster for all tests of a file, with a controller manager and a node on which pods end as told: by their image
 * `ready` (as any other), `succeeded`, `failed` or `pending`.
 */
export function sharePodCluster(): ClusterSuite & {
  surroundings(cluster: Cluster): Promise<PodSurroundings>;
} {
  let node: BareNode | undefined;
  let runner: PodRunner | undefined;
  afterAll(async () => {
    await runner?.[Symbol.asyncDispose]();
    await node?.[Symbol.asyncDispose]();
  });
  const suite = shareCluster({ controllerManager: true });
  const start = async (cluster: Cluster) => {
    const status = { capacity: ROOM, allocatable: ROOM };
    node = await BareNode.join(cluster, 'node-1', '127.0.1.7', status);
    runner = new PodRunner(node, outcomeOf);
  };
  return {
    test: suite.test,
    get cluster() {
      return suite.cluster;
    },
    surroundings: async (cluster) => {
      if (node === undefined) await start(cluster);
      // The tests of a file may take longer than a node may be silent.
      await node?.renewLease();
      const kubeconfig = cluster.layout.adminKubeconfig;
      const client = KubeClient.fromKubeconfig(kubeconfig, { userAgent: 'test' });
      const namespace = await cluster.namespace();
      return { client, namespace, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
    },
  };
}

const OUTCOMES = new Set<string>(['pending', 'succeeded', 'failed'] satisfies Outcome[]);

function outcomeOf({ spec }: Pod): Outcome {
  const { image = '' } = spec.containers[0] ?? {};
  return OUTCOMES.has(image) ? (image as Outcome) : 'ready';
}
