import { afterAll, expect } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopContainers } from '../../scripts/dev/stop-containers.ts';
import { hostAddress, hubAddress } from '../../scripts/network/addresses.ts';
import { cliCommand } from '../../scripts/services.ts';
import { eventuallyPasses } from '../cluster/eventually.ts';
import { expectJson } from '../cluster/expectations.ts';
import { requireBubblewrap } from '../cluster/required-tools.ts';
import { shareNetwork } from './network-suite.ts';
import { run, servers } from './podnet-cluster.ts';

requireBubblewrap();
const suite = shareNetwork({ controllerManager: true, egress: 'konnectivity' });

const HOST = 'edge';
const SUBNET = 9;
const directory = mkdtempSync(join(tmpdir(), 'hawser-test-join-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

suite.test('a machine that nobody dials into becomes a node by the printed line alone', async (cluster) => {
  const { network, place, ports } = cluster;
  network.addHost(HOST, SUBNET);
  network.closeInbound(HOST);
  const { stdout } = await cluster.hawser('token', 'create', '--print-join-command');
  const [, ...line] = stdout.trim().split(' ');
  expect(line[1]).toBe(`${hubAddress('netns')}:${ports.hub}`);
  const argv = cliCommand(place, ...line, '--node-name', HOST, '--root-dir', directory);
  const command = cluster.add('join', argv, HOST);
  command.start();
  try {
    await eventuallyPasses(() => expect(command.log()).toContain('Node edge is Ready'), 30_000);
    const node = expectJson(await cluster.admin.get(`/api/v1/nodes/${HOST}`));
    expect(node.status.addresses).toContainEqual({ type: 'InternalIP', address: hostAddress(SUBNET) });
    const [pod] = await servers(cluster, await cluster.namespace(), HOST);
    await eventuallyPasses(
      async () =>
        expect(await run(cluster, pod!, 'sh', '-c', 'echo $KUBERNETES_SERVICE_HOST')).toBe('10.96.0.1'),
      20_000,
    );
    // Its own address, and the hub behind the virtual one.
    expect(pod!.ip).toStartWith('10.244.');
    const connect = 'use IO::Socket::INET; IO::Socket::INET->new("10.96.0.1:443") or die "$@"; print "open"';
    // Kube-proxy says its mode before it serves the first address.
    await eventuallyPasses(async () => expect(await run(cluster, pod!, 'perl', '-e', connect)).toBe('open'));
  } finally {
    await command.stop();
    await stopContainers(directory);
  }
});
