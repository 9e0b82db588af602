/**
 * What a tunnel costs, beside direct connections on the same machine in the same run:
 *   bun bench/tunnels.ts [--rounds 5] [--megabytes 200] [--trips 2000] [--idle 1000] [--json]
 * Real processes: a hub, kubelets, sshd, Konnectivity servers and agents, a target on each node's address; the client is
 * this process, with the dialers that the hub uses. The ways take turns, the order is reversed each round.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { homeLayout, nodeLayout } from '@hawser/config';
import { waitForCluster } from '../scripts/dev/cluster-readiness.ts';
import { ensureNodeCredentials } from '../scripts/dev/node-credentials.ts';
import { controllerManagerCommand, devNode, kubeletCommand } from '../scripts/services.ts';
import { FreshCluster } from './fresh-cluster.ts';
import { median } from './median.ts';
import { down, openEcho, up } from './stream-measures.ts';
import { startServer } from './stream-ways.ts';
import { dialTime, idleKilobytes, rateOf, tripsOf } from './tunnel-measures.ts';
import { directWay, konnectivityWays, sshWays, type Way } from './tunnel-ways.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    megabytes: { type: 'string', default: '200' },
    trips: { type: 'string', default: '2000' },
    dials: { type: 'string', default: '200' },
    idle: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
  },
});
const bytes = Number(values.megabytes) * 1e6;
const CONNECTIONS = [1, 32, 500];
const nodes = [devNode(1), devNode(2)] as const;

/** Figures by what is measured, one for each round; by the way that the bytes went. */
type Figures = Record<string, Record<string, number[]>>;

async function startNodes(cluster: FreshCluster): Promise<void> {
  const { place } = cluster;
  const signal = AbortSignal.timeout(60_000);
  await cluster.initialize();
  await cluster.startHub();
  cluster.start(controllerManagerCommand(place));
  for (const node of nodes) {
    mkdirSync(nodeLayout(place.home, node.name).pki, { recursive: true, mode: 0o700 });
    await ensureNodeCredentials(place, node, () => {}, signal);
    cluster.start(kubeletCommand(place, node));
  }
  await waitForCluster(place, nodes.length, () => {}, signal);
}

/** A server can be told to serve before its agents have called. */
async function reachable(name: string, { connect }: Way): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const fault = await openEcho(connect).then(
      (connection) => void connection.destroy(),
      (error: Error) => error,
    );
    if (fault === undefined) return;
    if (tries === 100) throw new Error(`${name}: ${fault.message}`);
    await Bun.sleep(100);
  }
}

async function measure({ connect }: Way, add: (what: string, value: number) => void): Promise<void> {
  for (const connections of CONNECTIONS) {
    const of = connections === 1 ? '' : `, ${connections} connections`;
    add(`down, MB/s${of}`, await rateOf(down, connect, connections, bytes));
    add(`up, MB/s${of}`, await rateOf(up, connect, connections, bytes));
    const trips = await tripsOf(connect, connections, Number(values.trips));
    add(`round trip, ms${of}`, trips.median);
    add(`round trip p99, ms${of}`, trips.p99);
  }
  add('new connection, ms', await dialTime(connect, Number(values.dials)));
}

async function measureAll(ways: Readonly<Record<string, Way>>): Promise<Figures> {
  let figures: Figures = {};
  const add = (way: string) => (what: string, value: number) => {
    figures[way] = { ...figures[way], [what]: [...(figures[way]?.[what] ?? []), value] };
  };
  const turns = Object.entries(ways).map(
    ([name, way]) =>
      () =>
        measure(way, add(name)),
  );
  // What runs for the first time is compiled first.
  for (const turn of turns) await turn();
  figures = {};
  for (let round = 0; round < Number(values.rounds); round += 1)
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
  for (const [name, { connect, processes }] of Object.entries(ways))
    if (processes.length > 0)
      add(name)('idle connection, kB', await idleKilobytes(connect, Number(values.idle), processes));
  return figures;
}

function print(figures: Figures): void {
  for (const [way, measured] of Object.entries(figures)) {
    console.log(way);
    for (const [what, raw] of Object.entries(measured)) {
      const format = (value: number) => value.toFixed(what.includes('ms') ? 2 : 0);
      console.log(
        `  ${what.padEnd(36)} ${format(median(raw)).padStart(7)} (${raw.map(format).join(' · ')})${beside(figures, what, raw)}`,
      );
    }
  }
}

/** How a figure stands to that of a direct connection with TLS. */
function beside(figures: Figures, what: string, raw: readonly number[]): string {
  const plain = figures['direct TLS']?.[what];
  if (plain === undefined) return '';
  const [ours, theirs] = [median([...raw]), median([...plain])];
  return what.includes('ms')
    ? `   ${(ours - theirs).toFixed(2)} more than direct TLS`
    : `   ${Math.round((100 * ours) / theirs)}% of direct TLS`;
}

await using cluster = new FreshCluster();
await startNodes(cluster);
const { certificate, key } = homeLayout(cluster.place.home).pki.apiserver;
using secure = await startServer('127.0.0.1', certificate, key);
using first = await startServer(nodes[0].address);
using second = await startServer(nodes[1].address);
const targets = [first, second].map(({ port }, index) => ({ host: nodes[index]!.address, port }));
using ssh = await sshWays(cluster, nodes[0], targets[0]!);
using konnectivity = await konnectivityWays(
  cluster,
  { node: nodes[0], target: targets[0]! },
  { node: nodes[1], target: targets[1]! },
);
const ca = readFileSync(homeLayout(cluster.place.home).pki.ca.certificate);
const ways: Record<string, Way> = {
  'direct TCP': directWay(targets[0]!),
  'direct TLS': directWay({ host: '127.0.0.1', port: secure.port }, ca),
  'OpenSSH, ssh -L': ssh.openSsh,
  SSH: ssh.hub,
  ...konnectivity,
};
for (const [name, way] of Object.entries(ways)) await reachable(name, way);
const figures = await measureAll(ways);
if (values.json) console.log(JSON.stringify(figures));
else print(figures);
