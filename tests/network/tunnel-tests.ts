import { expect } from 'bun:test';
import { hubAddress, nodeAddress } from '../../scripts/network/addresses.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import type { Json } from '../cluster/wire-client.ts';
import type { NetworkedCluster, NetworkSuite } from './network-suite.ts';
import { marker, NODE_TRAFFIC, type ServerOnNode, startServer } from './node-traffic.ts';
import { flowsWith, type Packet } from './read-packets.ts';

const HUB = hubAddress('netns');
const NODE = nodeAddress(1, 'netns');
/** How long a command may take to say that the tunnel is cut, and seven of them to start at once. */
const FAILURE_MS = 5_000 + 750;

/** A way from the hub to nodes that are otherwise closed. */
export interface Tunnel {
  /** The ports at which nodes take connections nevertheless. */
  openPorts(cluster: NetworkedCluster): readonly number[];
  /** The port of its connections, on whichever side. */
  port(cluster: NetworkedCluster): number;
  /** What an error says that is the tunnel's fault. */
  readonly fault: RegExp;
}

/** Declares what holds for every tunnel to `node-1`, whose packet filter is closed from the first test on. */
export function declareTunnelTests(suite: NetworkSuite, tunnel: Tunnel): void {
  suite.test(
    'everything works towards a node that takes no connections but the tunnel’s',
    async (cluster) => {
      cluster.network.closeInbound('node-1', tunnel.openPorts(cluster));
      await using capture = await cluster.network.capture('node-1', cluster.place.home);
      const server = await startServer(cluster);
      const texts = [server.greeting, server.secret];
      for (const [name, play] of Object.entries(NODE_TRAFFIC)) {
        const text = marker(name.replace(' ', '-'));
        texts.push(text);
        await play(cluster, server, text);
      }
      texts.push(await serviceAccountToken(cluster, server));
      const packets = await capture.end();
      for (const text of texts) expect(flowsWith(packets, text)).toEqual([]);
      expect(outsideOf(packets, tunnel.port(cluster), cluster)).toEqual([]);
    },
  );

  suite.test(
    'with the tunnel cut everything fails soon, says so, and works again afterwards',
    async (cluster) => {
      const server = await startServer(cluster);
      for (const [name, play] of Object.entries(NODE_TRAFFIC)) await play(cluster, server, marker(name[0]!));
      {
        using _cut = cluster.network.cutConnections('node-1', tunnel.port(cluster));
        const failures = await Promise.all(
          Object.entries(NODE_TRAFFIC).map(async ([name, play]) => {
            const startMs = performance.now();
            const error = await play(cluster, server, marker(name[0]!)).then(
              () => new Error('it works'),
              (fault: Error) => fault,
            );
            return { name, tookMs: performance.now() - startMs, message: error.message };
          }),
        );
        for (const { name, tookMs, message } of failures) {
          expect({ name, message }).toEqual({ name, message: expect.stringMatching(tunnel.fault) });
          expect({ name, soon: tookMs < FAILURE_MS, tookMs }).toMatchObject({ soon: true });
        }
      }
      for (const [name, play] of Object.entries(NODE_TRAFFIC))
        await eventuallyPasses(() => play(cluster, server, marker(name[0]!)), 30_000);
    },
  );

  suite.test(
    'the node reaches the hub at its virtual IP, however the hub reaches the node',
    async (cluster) => {
      await eventuallyPasses(() => expect(askHubFromNode(cluster)).toMatchObject({ major: '1' }));
    },
  );
}

/** What a process of the node is answered at the hub's virtual IP, whose certificate it verifies. */
function askHubFromNode({ network, layout }: NetworkedCluster): Json {
  const script = `
    const [, url, file] = process.argv;
    const answer = await fetch(url, { tls: { ca: await Bun.file(file).text() } });
    console.log(await answer.text());`;
  const argv = [process.execPath, '-e', script, 'https://10.96.0.1:443/version', layout.pki.ca.certificate];
  return JSON.parse(network.in(network.namespaceOf('node-1'), argv));
}

/** What goes from the hub to the node, and is neither the tunnel's nor an answer to what the node asks the hub. */
function outsideOf(packets: readonly Packet[], tunnelPort: number, { ports }: NetworkedCluster): string[] {
  const ofTunnel = ({ source, destination }: Packet) =>
    source === `${HUB}:${tunnelPort}` || destination === `${NODE}:${tunnelPort}`;
  const answers = ({ source }: Packet) => [ports.hub, ports.nats].some((port) => source === `${HUB}:${port}`);
  const others = packets.filter(
    (packet) => packet.source.startsWith(`${HUB}`) && !ofTunnel(packet) && !answers(packet),
  );
  return others.map(({ source, destination }) => `${source} > ${destination}`);
}

async function serviceAccountToken(
  cluster: NetworkedCluster,
  { namespace, name }: ServerOnNode,
): Promise<string> {
  const file = '/var/run/secrets/kubernetes.io/serviceaccount/token';
  const args = ['-n', namespace, 'exec', name, '--', 'cat', file];
  return await eventually(async () => {
    const { stdout, stderr } = await cluster.kubectl('1.36', ...args);
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(stdout)) throw new Error(`no token: ${stdout} ${stderr}`);
    return stdout;
  });
}
