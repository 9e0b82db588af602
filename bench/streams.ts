/**
 * How fast streams go through hub and kubelet, beside a plain TLS connection on the same machine in the same run:
 *   bun bench/streams.ts [--rounds 5] [--megabytes 100] [--trips 500] [--json]
 * A cluster with one node is started, and in a pod a server. The variants take turns, the order is reversed each
 * round: a TLS connection to a process of its own; port-forward, by a SPDY client as kubectl's is and by kubectl itself;
 * exec over WebSocket. Medians and raw values go to standard output.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { homeLayout, nodeLayout } from '@hawser/config';
import { waitForCluster } from '../scripts/dev/cluster-readiness.ts';
import { ensureNodeCredentials } from '../scripts/dev/node-credentials.ts';
import { stopContainers } from '../scripts/dev/stop-containers.ts';
import { controllerManagerCommand, devNode, kubeletCommand } from '../scripts/services.ts';
import { Requester, subjectOf } from './connection.ts';
import { execRates } from './exec-rates.ts';
import { FreshCluster } from './fresh-cluster.ts';
import { median } from './median.ts';
import { type Connect, down, trip, up } from './stream-measures.ts';
import { startKubectl, startPlain, startSpdy } from './stream-ways.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    megabytes: { type: 'string', default: '100' },
    trips: { type: 'string', default: '500' },
    json: { type: 'boolean', default: false },
  },
});
const bytes = Number(values.megabytes) * 1e6;
const trips = Number(values.trips);
const POD = '/api/v1/namespaces/default/pods/a';
const KUBECTL = join(import.meta.dir, '../.tools/bin/kubectl-1.36');

/** As bench/streams-server.ts, in a pod. */
const POD_SERVER = `
  use IO::Socket::INET; $| = 1; $SIG{CHLD} = "IGNORE";
  my $server = IO::Socket::INET->new(Listen => 128, LocalAddr => "127.0.0.1") or die;
  print $server->sockport, "\\n";
  while (1) {
    my $client = $server->accept or next;
    next if fork;
    setsockopt $client, 6, 1, 1;
    sysread $client, my $line, 100;
    my ($what, $left) = split " ", $line;
    my $chunk = "x" x 65536;
    syswrite $client, "." if $what ne "down";
    if ($what eq "down") { while ($left > 0) { $left -= syswrite($client, $chunk, $left) // exit } }
    elsif ($what eq "up") { while ($left > 0) { $left -= sysread($client, $chunk, 65536) || exit } syswrite $client, "." }
    else { while (sysread $client, $chunk, 65536) { syswrite $client, $chunk } }
    exit;
  }`;

/** Figures by what is measured, one for each round; by the way that the bytes went. */
type Figures = Record<string, Record<string, number[]>>;

async function startNode(cluster: FreshCluster): Promise<void> {
  const { place } = cluster;
  const node = devNode(1);
  const signal = AbortSignal.timeout(60_000);
  await cluster.initialize();
  await cluster.startHub();
  cluster.start(controllerManagerCommand(place));
  await ensureNodeCredentials(place, node, () => {}, signal);
  cluster.start(kubeletCommand(place, node));
  await waitForCluster(place, 1, () => {}, signal);
}

/** Starts the pod. @returns the port that its server has taken. */
async function startPod(kubeconfig: string): Promise<string> {
  using hub = new Requester(subjectOf(kubeconfig), 1);
  const accounts = '/api/v1/namespaces/default/serviceaccounts/default';
  while (!(await hub.read(accounts)).includes('"uid"')) await Bun.sleep(50);
  const container = { name: 'main', image: 'host', command: ['perl', '-e', POD_SERVER] };
  const body = { metadata: { name: 'a' }, spec: { containers: [container] } };
  await hub.send('POST', '/api/v1/namespaces/default/pods', JSON.stringify(body));
  for (;;) {
    const log = await hub.read(`${POD}/log`);
    if (/^\d+\n$/.test(log)) return log.trim();
    await Bun.sleep(50);
  }
}

async function measure(kubeconfig: string, ways: Record<string, Connect>): Promise<Figures> {
  let figures: Figures = {};
  const add = (way: string, what: string, value: number) => {
    figures[way] = { ...figures[way], [what]: [...(figures[way]?.[what] ?? []), value] };
  };
  const measures = Object.entries(ways).map(([way, connect]) => async () => {
    add(way, 'down, MB/s', await down(connect, bytes));
    add(way, 'up, MB/s', await up(connect, bytes));
    add(way, 'round trip, ms', await trip(connect, trips));
  });
  measures.push(async () => {
    const { out, into } = await execRates(subjectOf(kubeconfig), POD, bytes);
    add('exec', 'down, MB/s', out);
    add('exec', 'up, MB/s', into);
  });
  // What runs for the first time is compiled first.
  for (const each of measures) await each();
  figures = {};
  for (let round = 0; round < Number(values.rounds); round += 1)
    for (const each of round % 2 === 0 ? measures : measures.toReversed()) await each();
  return figures;
}

function print(figures: Figures): void {
  for (const [way, measured] of Object.entries(figures)) {
    console.log(way);
    for (const [what, raw] of Object.entries(measured)) {
      const digits = what.endsWith('ms') ? 2 : 0;
      const format = (value: number) => value.toFixed(digits);
      const plain = median(figures['plain TLS']![what]!);
      const beside = what.endsWith('ms')
        ? `${format(median(raw) - plain)} more than plain TLS`
        : `${Math.round((100 * median(raw)) / plain)}% of plain TLS`;
      console.log(`  ${what.padEnd(16)} ${format(median(raw))} (${raw.map(format).join(' · ')})   ${beside}`);
    }
  }
}

await using cluster = new FreshCluster();
const { kubeconfig, place } = cluster;
await startNode(cluster);
try {
  const port = await startPod(kubeconfig);
  const { certificate, key } = homeLayout(place.home).pki.apiserver;
  using plain = await startPlain(subjectOf(kubeconfig), certificate, key);
  using kubectl = await startKubectl([KUBECTL, '--kubeconfig', kubeconfig, 'port-forward', 'a', `:${port}`]);
  const figures = await measure(kubeconfig, {
    'plain TLS': plain,
    'port-forward': await startSpdy(subjectOf(kubeconfig), POD, port),
    'port-forward by kubectl 1.36': kubectl,
  });
  if (values.json) console.log(JSON.stringify(figures));
  else print(figures);
} finally {
  await stopContainers(nodeLayout(place.home, devNode(1).name).directory);
}
