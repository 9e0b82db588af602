/**
 * How fast a fresh cluster comes up, and what it weighs when it idles:
 *   bun bench/startup.ts [--rounds 5] [--json]
 * Each round starts from an empty state directory: hub to `/readyz`, then a node to Ready (its bootstrap token,
 * its CSR, its registration included), then the resident memory of the idle hub.
 */
import { parseArgs } from 'node:util';
import { waitForCluster } from '../scripts/dev/cluster-readiness.ts';
import { ensureNodeCredentials } from '../scripts/dev/node-credentials.ts';
import { controllerManagerCommand, devNode, kubeletCommand } from '../scripts/services.ts';
import { FreshCluster } from './fresh-cluster.ts';
import { residentMegabytes } from './process-usage.ts';
import { reportRounds } from './report-rounds.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } },
});
const IDLE_MS = 3_000;

async function round(): Promise<Record<string, number>> {
  await using cluster = new FreshCluster();
  await cluster.initialize();
  const { place } = cluster;
  const node = devNode(1);
  const signal = AbortSignal.timeout(60_000);
  const started = performance.now();
  const hub = await cluster.startHub();
  const ready = performance.now();
  cluster.start(controllerManagerCommand(place));
  await ensureNodeCredentials(place, node, () => {}, signal);
  cluster.start(kubeletCommand(place, node));
  await waitForCluster(place, 1, () => {}, signal);
  const nodeReady = performance.now();
  await Bun.sleep(IDLE_MS);
  return {
    'hub to /readyz, ms': ready - started,
    'then node Ready, ms': nodeReady - ready,
    'idle hub, MB resident': residentMegabytes([hub.pid]),
  };
}

await reportRounds(round, values);
