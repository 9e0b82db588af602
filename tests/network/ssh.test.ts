import { expect } from 'bun:test';
import { nodeAddress } from '../../scripts/network/addresses.ts';
import { HUB_HOST } from '../../scripts/network/host-network.ts';
import { inNamespace } from '../../scripts/network/namespaces.ts';
import { prepareSshd, sshdCommand } from '../../scripts/sshd.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { requireBubblewrap, sshdPath } from '../cluster/required-tools.ts';
import { RunningCommand } from '../cluster/running-command.ts';
import { dyingWithUs } from '../cluster/service-process.ts';
import { type NetworkedCluster, shareNetwork } from './network-suite.ts';
import { marker, NODE_TRAFFIC, startServer } from './node-traffic.ts';
import { redirect } from './redirect.ts';
import { declareTunnelTests } from './tunnel-tests.ts';

requireBubblewrap();
sshdPath();
const suite = shareNetwork({ nodes: 1, egress: 'ssh' });

declareTunnelTests(suite, {
  openPorts: ({ ports }) => [ports.ssh],
  port: ({ ports }) => ports.ssh,
  fault: /ssh: node "node-1"/,
});

/** OpenSSH's server on the router: it would let the hub in, and has another host key than the node. */
async function startImpostor({ network, place }: NetworkedCluster): Promise<RunningCommand> {
  const node = { name: 'impostor', address: '0.0.0.0' };
  prepareSshd(place, node);
  const argv = sshdCommand(place, node, sshdPath(), requireBubblewrap());
  const impostor = new RunningCommand(dyingWithUs(inNamespace(network.router, argv)), {
    PATH: process.env['PATH'] ?? '',
  });
  await eventually(() => impostor.stderr.includes('Server listening'));
  return impostor;
}

suite.test(
  'API server → sshd: the hub refuses an impostor, and says whose host key it was',
  async (cluster) => {
    const server = await startServer(cluster);
    {
      await using impostor = await startImpostor(cluster);
      const link = { from: HUB_HOST, address: nodeAddress(1, 'netns'), port: cluster.ports.ssh };
      using _redirection = redirect(cluster.network, link, cluster.ports.ssh);
      await eventually(async () => {
        const text = marker('exec');
        await expect(NODE_TRAFFIC['exec']!(cluster, server, text)).rejects.toThrow(
          /ssh: node "node-1".*host key/,
        );
        return true;
      });
      expect(impostor.stderr).toContain('Connection from');
      expect(impostor.stderr).not.toContain('Accepted');
    }
    await eventuallyPasses(() => NODE_TRAFFIC['exec']!(cluster, server, marker('exec')), 30_000);
  },
);
