import { nodes } from '@hawser/api';
import { KubeClient } from '@hawser/client';
import { homeLayout } from '@hawser/config';
import { sleep } from '@hawser/runtime';
import { type ClusterPlace, devNode } from '../services.ts';

const POLL_MS = 100;
/** Silence longer than this makes people think that nothing happens. */
const REPORT_EVERY_MS = 15_000;

/**
 * Resolves when the hub says that it is ready and that the nodes are. Says from time to time what it waits for.
 * Rejects with the signal's reason when that aborts.
 */
export async function waitForCluster(
  { home }: ClusterPlace,
  nodeCount: number,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  await using client = KubeClient.fromKubeconfig(homeLayout(home).adminKubeconfig, {
    userAgent: 'hawser-dev',
  });
  let reportedMs = performance.now();
  for (;;) {
    const missing = await findMissing(client, nodeCount, signal);
    if (missing === undefined) return;
    if (performance.now() - reportedMs > REPORT_EVERY_MS) {
      print(`still waiting: ${missing}`);
      reportedMs = performance.now();
    }
    await sleep(POLL_MS, signal);
  }
}

/** What is not ready yet; undefined when all is. */
async function findMissing(
  client: KubeClient,
  nodeCount: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { code, text } = await client.raw('GET', '/readyz', undefined, { signal });
    if (code !== 200 || text !== 'ok') return `the hub answers ${code} ${text.slice(0, 200)}`;
    const { items } = await client.list(nodes, { signal });
    const ready = items
      .filter(({ status }) =>
        status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
      )
      .map(({ metadata }) => metadata.name);
    const missing = Array.from({ length: nodeCount }, (_, index) => devNode(index + 1).name).filter(
      (name) => !ready.includes(name),
    );
    return missing.length === 0 ? undefined : `${missing.join(', ')} not ready`;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return error instanceof Error ? error.message : String(error);
  }
}
