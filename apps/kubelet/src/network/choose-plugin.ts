import { findNetworkTools, type NetworkTools } from './network-tools.ts';

/** How pods get their network: a namespace of its own each, or the node's. */
export type NetworkPlugin =
  | { readonly name: 'kubenet'; readonly tools: NetworkTools }
  | { readonly name: 'host'; readonly why: string };

/** `--network-plugin` asks for what this machine cannot do. */
export class NetworkPluginError extends Error {
  override readonly name = 'NetworkPluginError';
}

/**
 * What `--network-plugin` comes to on this machine.
 * @param nodeIp a node on a loopback address has no network that pods could have addresses in.
 * @throws NetworkPluginError when kubenet is asked for and cannot be.
 */
export function choosePlugin(
  flag: string,
  nodeIp: string,
  machine: { platform: string; uid: number | undefined; found: ReturnType<typeof findNetworkTools> } = {
    platform: process.platform,
    uid: process.getuid?.(),
    found: findNetworkTools(),
  },
): NetworkPlugin {
  if (flag === 'host') return { name: 'host', why: '--network-plugin host' };
  // Such a node has its machine in common with others: what happens there to the network is not its affair.
  if (flag === 'auto' && nodeIp.startsWith('127.'))
    return { name: 'host', why: `the node's address is ${nodeIp}` };
  const { platform, uid, found } = machine;
  const why =
    platform !== 'linux'
      ? 'network namespaces need Linux'
      : uid !== 0
        ? 'network namespaces need root'
        : 'missing' in found
          ? `not found: ${found.missing.join(', ')} (Debian: apt-get install iproute2 util-linux)`
          : undefined;
  if (why === undefined && 'tools' in found) return { name: 'kubenet', tools: found.tools };
  if (flag === 'kubenet') throw new NetworkPluginError(`--network-plugin kubenet: ${why}`);
  return { name: 'host', why: why! };
}
