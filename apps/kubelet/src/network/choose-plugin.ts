import { findNetworkTools, type NetworkTools } from './network-tools.ts';
import { type NetworkFaults, probeMachine } from './probe-machine.ts';

/** How pods get their network: a namespace of its own each, or the node's. */
export type NetworkPlugin =
  | {
      readonly name: 'kubenet';
      readonly tools: NetworkTools;
      /** Why there is no nft among the tools. */
      readonly withoutNft?: string;
    }
  | { readonly name: 'host'; readonly why: string };

/** `--network-plugin` asks for what this machine cannot do. */
export class NetworkPluginError extends Error {
  override readonly name = 'NetworkPluginError';
}

/** What decides what a machine can do. */
export interface Machine {
  readonly platform: string;
  readonly uid: number | undefined;
  readonly found: ReturnType<typeof findNetworkTools>;
  readonly probe: (tools: NetworkTools) => Promise<NetworkFaults>;
}

/**
 * What `--network-plugin` comes to on this machine.
 * @param nodeIp a node on a loopback address has no network that pods could have addresses in.
 * @throws NetworkPluginError when kubenet is asked for and cannot be.
 */
export async function choosePlugin(
  flag: string,
  nodeIp: string,
  machine: Machine = {
    platform: process.platform,
    uid: process.getuid?.(),
    found: findNetworkTools(),
    probe: probeMachine,
  },
): Promise<NetworkPlugin> {
  if (flag === 'host') return { name: 'host', why: '--network-plugin host' };
  // Such a node has its machine in common with others: what happens there to the network is not its affair.
  if (flag === 'auto' && nodeIp.startsWith('127.'))
    return { name: 'host', why: `the node's address is ${nodeIp}` };
  const found = await findKubenet(machine);
  if (typeof found !== 'string') return found;
  if (flag === 'kubenet') throw new NetworkPluginError(`--network-plugin kubenet: ${found}`);
  return { name: 'host', why: found };
}

/** @returns why there can be none. */
async function findKubenet({ platform, uid, found, probe }: Machine): Promise<NetworkPlugin | string> {
  if (platform !== 'linux') return 'network namespaces need Linux';
  if (uid !== 0) return 'network namespaces need root';
  if ('missing' in found)
    return `not found: ${found.missing.join(', ')} (Debian: apt-get install iproute2 util-linux)`;
  const { kubenet, nft } = await probe(found.tools);
  if (kubenet !== undefined) return kubenet;
  if (nft === undefined) return { name: 'kubenet', tools: found.tools };
  return { name: 'kubenet', tools: { ...found.tools, nft: undefined }, withoutNft: nft };
}
