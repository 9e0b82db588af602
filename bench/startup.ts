/**
 * How fast a fresh cluster comes up, and what it weighs when it idles:
 *   bun bench/startup.ts [--rounds 5] [--json]
 * Each round starts from an empty state directory: hub to `/readyz`, then a node to Ready (its bootstrap token,
 * its CSR, its registration included), then the resident memory of the idle hub.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { waitForCluster } from '../scripts/dev/cluster-readiness.ts';
import { ensureNodeCredentials } from '../scripts/dev/node-credentials.ts';
import {
  type Argv,
  apiserverCommand,
  cliCommand,
  controllerManagerCommand,
  devNode,
  findNatsServer,
  kubeletCommand,
  natsCommand,
} from '../scripts/services.ts';
import { median } from './median.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } },
});
/** Away from where a development cluster listens. */
const PORT = 16443;
const IDLE_MS = 3_000;

async function round(): Promise<Record<string, number>> {
  const home = mkdtempSync(join(tmpdir(), 'hawser-bench-'));
  const place = { home, port: PORT };
  const children: Bun.Subprocess[] = [];
  const start = (argv: Argv) => {
    const child = Bun.spawn([...argv], { stdout: 'ignore', stderr: 'ignore' });
    children.push(child);
    return child;
  };
  try {
    await Bun.spawn([...cliCommand({}, 'init')], {
      env: { ...Bun.env, HAWSER_HOME: home, HAWSER_PORT: String(PORT) },
      stdout: 'ignore',
    }).exited;
    const natsServer = findNatsServer();
    if (natsServer !== undefined) start(natsCommand(place, natsServer));
    const node = devNode(1);
    const signal = AbortSignal.timeout(60_000);
    const started = performance.now();
    const hub = start(apiserverCommand(place));
    await waitForCluster(place, 0, () => {}, signal);
    const ready = performance.now();
    start(controllerManagerCommand(place));
    await ensureNodeCredentials(place, node, () => {}, signal);
    start(kubeletCommand(place, node));
    await waitForCluster(place, 1, () => {}, signal);
    const nodeReady = performance.now();
    await Bun.sleep(IDLE_MS);
    return {
      'hub to /readyz, ms': ready - started,
      'then node Ready, ms': nodeReady - ready,
      'idle hub, MB resident': residentBytes(hub.pid) / 1e6,
    };
  } finally {
    for (const child of children.reverse()) {
      child.kill();
      await child.exited;
    }
    rmSync(home, { recursive: true });
  }
}

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
}

const rounds: Record<string, number>[] = [];
for (let number = 0; number < Number(values.rounds); number += 1) rounds.push(await round());
const result = Object.fromEntries(
  Object.keys(rounds[0]!).map((name) => [
    name,
    { median: Math.round(median(rounds.map((r) => r[name]!))), raw: rounds.map((r) => Math.round(r[name]!)) },
  ]),
);
if (values.json) console.log(JSON.stringify(result));
else
  for (const [name, { median: middle, raw }] of Object.entries(result))
    console.log(`${name.padEnd(24)} ${middle}   (${raw.join(', ')})`);
