import type { Node } from '@hawser/api';
import { SshDialer, type SshNode } from '@hawser/tunnel-ssh';
import { checkedAddress } from '../connect/checked-address.ts';
import type { Egress, EgressContext } from './egress.ts';
import type { SshSettings } from './ssh-settings.ts';

/** Where a node's kubelet publishes the host keys of its sshd, a line each. */
const HOST_KEYS = 'hawser.dev/ssh-host-key';

/**
 * Opens tunnels to the sshd of each node.
 * @throws Error when the key, or known_hosts, cannot be read.
 */
export async function openSshEgress(settings: SshSettings, context: EgressContext): Promise<Egress> {
  const { nodes, nodeAddressTypes, allowLoopback, reportNode, registry, clock, logger } = context;
  const dialer = new SshDialer({
    user: settings.user,
    keyFile: settings.keyfile,
    port: settings.port,
    knownHostsFile: settings.knownHostsFile,
    nodes: () => nodes.list().flatMap((node) => sshNode(node, nodeAddressTypes)),
    // A node writes its own address: it must not lead the hub to itself.
    checkAddress: (host) => checkedAddress(host, { allowLoopback }),
    onHostKeyRefused: (name, why) => {
      const node = nodes.get('', name);
      if (node !== undefined) reportNode(node, 'SSHHostKeyRefused', `No SSH tunnel to the node: ${why}`);
    },
    registry,
    clock,
    logger,
  });
  return {
    dialer,
    description: { protocol: 'SSH', through: `${settings.user}@<node>:${settings.port}` },
    [Symbol.asyncDispose]: async () => dialer[Symbol.dispose](),
  };
}

/** Nodes that have no address yet have no tunnel. */
function sshNode({ metadata, status }: Node, addressTypes: readonly string[]): SshNode[] {
  const addresses = status?.addresses ?? [];
  const host = addressTypes.flatMap((type) => addresses.filter((each) => each.type === type)).at(0)?.address;
  if (host === undefined) return [];
  return [{ name: metadata.name, host, hostKeys: metadata.annotations?.[HOST_KEYS] }];
}
