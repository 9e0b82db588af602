import { afterAll, beforeAll, test } from 'bun:test';
import { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';

/** Starting services and waiting for what they do takes longer than a unit test. */
const START_TIMEOUT_MS = 90_000;
const TEST_TIMEOUT_MS = 60_000;

type Body = (cluster: Cluster) => Promise<void>;

export interface ClusterSuite {
  /** Declares a test that is given the cluster. One that fails keeps the cluster's files. */
  test(name: string, body: Body, timeoutMs?: number): void;
  readonly cluster: Cluster;
}

/** One cluster for all tests of a file: started before the first, ended after the last. */
export function shareCluster(options: ClusterOptions = {}): ClusterSuite {
  let cluster: Cluster | undefined;
  const running = () => {
    if (cluster === undefined) throw new Error('the cluster of these tests did not start');
    return cluster;
  };
  beforeAll(async () => {
    cluster = await startCluster(options);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
  }, START_TIMEOUT_MS);
  return {
    get cluster() {
      return running();
    },
    test: (name, body, timeoutMs = TEST_TIMEOUT_MS) => {
      test(name, () => keepingOnFailure(running(), body), timeoutMs);
    },
  };
}

/** A test with a cluster of its own. */
export function clusterTest(
  name: string,
  options: ClusterOptions,
  body: Body,
  timeoutMs = TEST_TIMEOUT_MS,
): void {
  test(
    name,
    async () => {
      await using cluster = await startCluster(options);
      await keepingOnFailure(cluster, body);
    },
    timeoutMs,
  );
}

async function keepingOnFailure(cluster: Cluster, body: Body): Promise<void> {
  try {
    await body(cluster);
  } catch (error) {
    cluster.keep();
    throw error;
  }
}
