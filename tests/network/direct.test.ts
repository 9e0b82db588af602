import { expect } from 'bun:test';
import { nodeAddress } from '../../scripts/network/addresses.ts';
import { requireBubblewrap } from '../cluster/required-tools.ts';
import { shareNetwork } from './network-suite.ts';
import { marker, NODE_TRAFFIC, startServer } from './node-traffic.ts';
import { flowsWith } from './read-packets.ts';

requireBubblewrap();
const suite = shareNetwork({ nodes: 1 });

suite.test(
  'hosts of their own are reached directly, and no text of theirs is on the wire',
  async (cluster) => {
    await using capture = await cluster.network.capture('node-1', cluster.place.home);
    const server = await startServer(cluster);
    const { 'pod proxy': podProxy, 'service proxy': serviceProxy, ...encrypted } = NODE_TRAFFIC;
    const texts = [server.greeting];
    for (const [name, play] of Object.entries(encrypted)) {
      const text = marker(name.replace(' ', '-'));
      texts.push(text);
      await play(cluster, server, text);
    }
    // A pod that serves plain HTTP is on another machine here.
    const plain = marker('plain');
    await expect(podProxy!(cluster, server, plain)).rejects.toThrow('over a link that is not encrypted');
    const { stdout } = await cluster.kubectl(
      '1.36',
      'get',
      'nodes',
      '-o',
      'jsonpath={.items[*].status.addresses}',
    );
    expect(stdout).toContain('10.77.1.1');
    const packets = await capture.end();
    for (const text of [...texts, plain]) expect(flowsWith(packets, text)).toEqual([]);
  },
);

suite.test('a capture sees what goes over the wire as it is', async (cluster) => {
  const { port } = await startServer(cluster);
  await using capture = await cluster.network.capture('node-1', cluster.place.home);
  const text = marker('plain');
  const url = `http://${nodeAddress(1, 'netns')}:${port}/${text}`;
  expect(cluster.network.fetchFrom('hub', url)).toBe(`answer to /${text}`);
  expect(flowsWith(await capture.end(), text)).not.toEqual([]);
});
