/**
 * How fast streams go through hub and kubelet, beside a plain TLS connection on the same machine in the same run:
 *   bun bench/streams.ts [--rounds 5] [--megabytes 100] [--trips 500] [--json]
 * A cluster with one node is started, and in a pod a server. The variants take turns, the order is reversed each
 * round: a TLS connection to a process of its own; port-forward, by a SPDY client as kubectl's is and by kubectl itself;
 * exec over WebSocket. Medians and raw values go to standard output.
 */
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { parseArgs } from 'node:util';
import { SpdyConnection } from '@hawser/streams';
import { ChannelSession } from '../tests/cluster/channel-session.ts';
import { type Cluster, startCluster } from '../tests/cluster/cluster.ts';
import { eventually } from '../tests/cluster/eventually.ts';
import { shellPod } from '../tests/cluster/objects.ts';
import { createPod, isReady, logOf, podThat } from '../tests/cluster/pods.ts';
import { requestUpgrade } from '../tests/cluster/upgrade-request.ts';
import { median } from './median.ts';

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

/** A way to the server: each call is a new connection to it. */
type Connect = () => Promise<Duplex>;
/** Figures by what is measured, one for each round. */
type Figures = Record<string, number[]>;

/** Megabytes a second from the server to us. */
async function down(connect: Connect): Promise<number> {
  const connection = await connect();
  const begun = performance.now();
  connection.write(`down ${bytes}\n`);
  let got = 0;
  connection.on('data', (chunk: Buffer) => {
    got += chunk.length;
  });
  await new Promise((resolve) => connection.once('end', resolve));
  if (got !== bytes) throw new Error(`${got} bytes came of ${bytes}`);
  connection.destroy();
  return bytes / 1e3 / (performance.now() - begun);
}

/** Megabytes a second from us to the server, which says when it has all. */
async function up(connect: Connect): Promise<number> {
  const connection = await connect();
  connection.write(`up ${bytes}\n`);
  await nextData(connection);
  const begun = performance.now();
  const chunk = Buffer.alloc(65_536, 'x');
  const said = nextData(connection);
  for (let left = bytes; left > 0; left -= chunk.length)
    if (!connection.write(chunk.subarray(0, Math.min(left, chunk.length))))
      await new Promise((resolve) => connection.once('drain', resolve));
  await said;
  const rate = bytes / 1e3 / (performance.now() - begun);
  connection.destroy();
  return rate;
}

/** The median of so many round trips of 100 bytes, milliseconds. */
async function trip(connect: Connect): Promise<number> {
  const connection = await connect();
  connection.write('echo\n');
  await nextData(connection);
  const taken: number[] = [];
  const message = Buffer.alloc(100, 'x');
  for (let number = 0; number < trips; number += 1) {
    const begun = performance.now();
    const back = nextData(connection);
    connection.write(message);
    await back;
    taken.push(performance.now() - begun);
  }
  connection.destroy();
  return median(taken);
}

function nextData(connection: Duplex): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const lost = () => reject(new Error('the connection was closed'));
    connection.once('close', lost);
    connection.once('data', (chunk: Buffer) => {
      connection.off('close', lost);
      resolve(chunk);
    });
  });
}

async function startPlain({ layout, admin }: Cluster, children: Bun.Subprocess[]): Promise<Connect> {
  const { certificate, key } = layout.pki.apiserver;
  const argv = [process.execPath, `${import.meta.dir}/streams-server.ts`, certificate, key];
  const child = Bun.spawn(argv, { stdout: 'pipe' });
  children.push(child);
  const { value } = await child.stdout.getReader().read();
  const port = Number(new TextDecoder().decode(value));
  return async () => {
    const socket = tls.connect({
      port,
      host: '127.0.0.1',
      ca: admin.identity.ca,
      ALPNProtocols: ['http/1.1'],
    });
    socket.setNoDelay(true).on('error', () => {});
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('close', reject));
    return socket;
  };
}

async function startSpdy(cluster: Cluster, pod: string, port: string): Promise<Connect> {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'SPDY/3.1',
    'x-stream-protocol-version': 'portforward.k8s.io',
  };
  const { socket } = await requestUpgrade(cluster.admin, 'POST', `${pod}/portforward`, headers);
  const connection = new SpdyConnection(socket!, { role: 'client' });
  let requests = 0;
  return async () => {
    requests += 1;
    const of = { port, requestid: `${requests}` };
    const error = await connection.createStream({ streamtype: 'error', ...of });
    error.resume().end();
    const data = await connection.createStream({ streamtype: 'data', ...of });
    return data.on('error', () => {});
  };
}

async function startKubectl(cluster: Cluster, pod: string, port: string): Promise<Connect> {
  const [, , , , namespace, , name] = pod.split('/') as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const forward = cluster.startKubectl('1.36', '-n', namespace, 'port-forward', name, `:${port}`);
  const local = await eventually(
    () => Number(/127\.0\.0\.1:(\d+) ->/.exec(forward.stdout)?.[1]) || undefined,
  );
  return async () => {
    const socket = net.connect(local, '127.0.0.1');
    socket.setNoDelay(true).on('error', () => {});
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('close', reject));
    return socket;
  };
}

/** Megabytes a second out of a command, and into one. */
async function execRates(cluster: Cluster, pod: string): Promise<{ out: number; into: number }> {
  const { ca, cert = '', key = '' } = cluster.admin.identity;
  const hub = { host: '127.0.0.1', port: cluster.ports.hub, tls: { ca, cert, key } };
  const open = (script: string, streams: string, onStdout?: (data: Buffer) => void) => {
    const command = ['sh', '-c', script].map((word) => `command=${encodeURIComponent(word)}`).join('&');
    return ChannelSession.open(hub, `${pod}/exec?${command}&${streams}`, onStdout ? { onStdout } : {});
  };
  let begun = performance.now();
  let got = 0;
  const source = await open(`head -c ${bytes} /dev/zero`, 'stdout=true', (data) => {
    got += data.length;
  });
  await source.closed;
  if (got !== bytes) throw new Error(`${got} bytes came of ${bytes}`);
  const out = bytes / 1e3 / (performance.now() - begun);
  const sink = await open('cat > /dev/null', 'stdin=true&stdout=true');
  const chunk = Buffer.alloc(65_536);
  begun = performance.now();
  for (let left = bytes; left > 0; left -= chunk.length)
    await sink.sendWhenTaken(chunk.subarray(0, Math.min(left, chunk.length)));
  sink.endInput();
  await sink.closed;
  return { out, into: bytes / 1e3 / (performance.now() - begun) };
}

const children: Bun.Subprocess[] = [];
const cluster = await startCluster({ nodes: 1 });
try {
  const namespace = await cluster.namespace();
  const spec = { container: { command: ['perl', '-e', POD_SERVER] } };
  const pod = await createPod(cluster, namespace, shellPod('a', '', spec));
  await podThat(cluster, pod, isReady);
  const port = await eventually(async () => (await logOf(cluster, pod)).trim() || undefined);
  const ways: Record<string, Connect> = {
    'plain TLS': await startPlain(cluster, children),
    'port-forward': await startSpdy(cluster, pod, port),
    'port-forward by kubectl 1.36': await startKubectl(cluster, pod, port),
  };
  const figures: Record<string, Figures> = {};
  const add = (way: string, what: string, value: number) => {
    figures[way] = { ...figures[way], [what]: [...(figures[way]?.[what] ?? []), value] };
  };
  const measures: Record<string, () => Promise<void>> = {};
  for (const [way, connect] of Object.entries(ways))
    measures[way] = async () => {
      add(way, 'down, MB/s', await down(connect));
      add(way, 'up, MB/s', await up(connect));
      add(way, 'round trip, ms', await trip(connect));
    };
  measures['exec'] = async () => {
    const { out, into } = await execRates(cluster, pod);
    add('exec', 'down, MB/s', out);
    add('exec', 'up, MB/s', into);
  };
  // What is run for the first time is compiled first.
  for (const measure of Object.values(measures)) await measure();
  for (const way of Object.values(figures)) for (const what of Object.keys(way)) way[what] = [];
  for (let round = 0; round < Number(values.rounds); round += 1)
    for (const measure of round % 2 === 0 ? Object.values(measures) : Object.values(measures).toReversed())
      await measure();
  if (values.json) console.log(JSON.stringify(figures));
  else print(figures);
} finally {
  for (const child of children) child.kill();
  await cluster[Symbol.asyncDispose]();
}
process.exit(0);

function print(figures: Record<string, Figures>): void {
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
