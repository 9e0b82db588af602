/**
 * How long many nodes take that bootstrap at once, and what the hub weighs with them:
 *   bun bench/bootstrap.ts [--nodes 200] [--rounds 3] [--json]
 * Each round starts from an empty state directory. The kubelets are simulated, in this process, each with keys, real
 * CSRs (client and serving), connections and a loopback address of its own; signing is the controller manager's.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type NodeStatus, nodes } from '@hawser/api';
import { Informer, KubeClient } from '@hawser/client';
import { homeLayout } from '@hawser/config';
import { sleep } from '@hawser/runtime';
import { cliCommand, controllerManagerCommand } from '../scripts/services.ts';
import { FreshCluster } from './fresh-cluster.ts';
import { median } from './median.ts';
import { processorMicros, residentMegabytes } from './process-usage.ts';
import { reportRounds } from './report-rounds.ts';
import { SimulatedKubelet } from './simulated-kubelet.ts';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const COUNT = Number(values.nodes);
const SAMPLE_MS = 100;
/** Long enough for each Lease to be renewed once. */
const IDLE_MS = 12_000;

/** A loopback address for each; those of the hub and of a development cluster's nodes stay free. */
const addressOf = (index: number): string => `127.1.${index >> 7}.${(index & 127) + 1}`;

async function bootstrapToken(cluster: FreshCluster): Promise<string> {
  const argv = cliCommand({}, 'token', 'create', '--kubeconfig', cluster.kubeconfig);
  return (await Bun.spawn([...argv], { stdout: 'pipe' }).stdout.text()).trim();
}

/** When each Node was seen to be Ready, by the clock of `performance`. */
function watchReadiness(client: KubeClient, signal: AbortSignal): Map<string, number> {
  const readyAt = new Map<string, number>();
  const informer = new Informer(client, nodes);
  const note = ({ metadata, status }: { metadata: { name: string }; status?: NodeStatus }) => {
    const ready = status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True');
    if (ready && !readyAt.has(metadata.name)) readyAt.set(metadata.name, performance.now());
  };
  informer.subscribe({ added: note, updated: (_, after) => note(after) });
  informer.run(signal).catch(() => {});
  return readyAt;
}

/** The most memory a process held since the last reading of `peak`. */
function sampleMemory(pid: number): Disposable & { readonly peak: number } {
  let peak = 0;
  const sample = () => {
    peak = Math.max(peak, residentMegabytes([pid]));
  };
  const timer = setInterval(sample, SAMPLE_MS);
  return {
    get peak() {
      sample();
      return peak;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

async function round(): Promise<Record<string, number>> {
  await using cluster = new FreshCluster();
  await cluster.initialize();
  const hub = await cluster.startHub();
  const manager = cluster.start(controllerManagerCommand(cluster.place));
  const token = await bootstrapToken(cluster);
  await using admin = KubeClient.fromKubeconfig(cluster.kubeconfig, { userAgent: 'hawser-bench' });
  const stopping = new AbortController();
  const readyAt = watchReadiness(admin, stopping.signal);
  const ca = readFileSync(homeLayout(cluster.place.home).pki.ca.certificate, 'utf8');
  await Bun.sleep(IDLE_MS / 4);
  const before = residentMegabytes([hub.pid]);
  const cpu = [hub.pid, manager.pid].map((pid) => processorMicros([pid]));
  using memory = sampleMemory(hub.pid);
  const kubelets = Array.from(
    { length: COUNT },
    (_, index) =>
      new SimulatedKubelet({
        name: `node-${index + 1}`,
        address: addressOf(index),
        server: admin.server,
        ca,
        token,
      }),
  );
  const started = performance.now();
  await Promise.all(kubelets.map((kubelet) => kubelet.join()));
  const joined = performance.now();
  while (readyAt.size < COUNT) await sleep(SAMPLE_MS);
  const times = [...readyAt.values()].map((at) => at - started).toSorted((a, b) => a - b);
  const [hubCpu, managerCpu] = [hub.pid, manager.pid].map((pid, i) => processorMicros([pid]) - cpu[i]!);
  const { peak } = memory;
  await Bun.sleep(IDLE_MS);
  const settled = residentMegabytes([hub.pid]);
  stopping.abort();
  await Promise.all(kubelets.map((kubelet) => kubelet[Symbol.asyncDispose]()));
  return {
    'all Ready, ms': times.at(-1)!,
    'the middle one Ready, ms': median(times),
    'all have serving certificates, ms': joined - started,
    'processor time of the hub, ms': hubCpu! / 1_000,
    'processor time of the controller manager, ms': managerCpu! / 1_000,
    'hub before, MB resident': before,
    'hub at its peak, MB resident': peak,
    'hub with all nodes, idle, MB resident': settled,
  };
}

await reportRounds(round, values);
