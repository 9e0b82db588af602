import type { Node } from '@hawser/api';
import type { Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import { FlowCleaner } from '../conntrack/flow-cleaner.ts';
import type { ProxyMetrics } from '../health/proxy-metrics.ts';
import { Nft } from '../nftables/nft.ts';
import { NftablesProxier } from '../nftables/nftables-proxier.ts';
import { removalScript } from '../nftables/transaction.ts';
import { findTool } from '../node/find-tool.ts';
import { ensureIpForwarding } from '../node/ip-forwarding.ts';
import {
  addressesIn,
  isOwnAddress,
  nodePortAddresses,
  primaryAddress,
  rangeOf,
} from '../node/node-port-addresses.ts';
import type { KubeProxyOptions } from '../options.ts';
import type { Proxier } from '../proxier.ts';
import { type IpFamily, isOfFamily } from '../services/ip-family.ts';
import { OwnedAddresses } from '../userspace/owned-addresses.ts';
import { UserspaceProxier } from '../userspace/userspace-proxier.ts';
import type { ModeProbe } from './choose-mode.ts';
import { probeNftables } from './probe-nftables.ts';
import { probeUserspace } from './probe-userspace.ts';

const EVERYWHERE: Readonly<Record<IpFamily, string>> = { IPv4: '0.0.0.0/0', IPv6: '::/0' };

export interface ProxierParts {
  readonly options: KubeProxyOptions;
  readonly family: IpFamily;
  /** As the hub says of it now. */
  readonly node: () => Node | undefined;
  readonly metrics: ProxyMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Whether each mode can be had here. */
export function probes(family: IpFamily): Readonly<Record<Proxier['mode'], ModeProbe>> {
  return {
    nftables: () => probeNftables(family),
    userspace: probeUserspace,
  };
}

/** What serves virtual IPs in a mode that this host allows. */
export function createProxier(mode: Proxier['mode'], parts: ProxierParts): Proxier {
  const proxiers = { nftables: createNftables, userspace: createUserspace };
  return proxiers[mode](parts);
}

function createNftables(parts: ProxierParts): Proxier {
  const { options, family, metrics, logger, clock } = parts;
  ensureIpForwarding(logger);
  const settings = () => ({
    family,
    masqueradeBit: options.nftablesMasqueradeBit,
    masqueradeAll: options.masqueradeAll,
    clusterCidr: clusterCidrOf(parts),
    nodePortAddresses: nodePortAddressesOf(parts),
  });
  const flows = new FlowCleaner({
    family,
    nodePortAddresses: () => listedNodePortAddresses(parts),
    logger,
  });
  const failures = { sync: metrics.syncFailures, cleanup: metrics.cleanupFailures };
  return new NftablesProxier({
    nft: new Nft(findTool('nft')!, family),
    settings,
    flows,
    onFailure: (what) => failures[what].inc({ ip_family: family }),
    clock,
    logger,
  });
}

function createUserspace(parts: ProxierParts): Proxier {
  const { logger, clock } = parts;
  return new UserspaceProxier({
    addresses: OwnedAddresses.find(),
    nodePortAddresses: () => listedNodePortAddresses(parts),
    isLocal: localDetector(parts),
    clock,
    logger,
  });
}

/** Tells this node's processes, and pods, from others. */
function localDetector(parts: ProxierParts): (client: string) => boolean {
  const range = clusterCidrOf(parts);
  const pods = range === undefined ? undefined : rangeOf(range);
  return (client) =>
    pods?.check(client, parts.family === 'IPv4' ? 'ipv4' : 'ipv6') === true || isOwnAddress(client);
}

function clusterCidrOf({ options, family }: ProxierParts): string | undefined {
  return options.clusterCidr.find((range) => isOfFamily(range.split('/')[0]!, family));
}

/** Where node ports are served, address by address. */
export function listedNodePortAddresses(
  parts: Pick<ProxierParts, 'options' | 'family' | 'node'>,
): readonly string[] {
  return nodePortAddressesOf(parts) ?? addressesIn([EVERYWHERE[parts.family]], parts.family);
}

function nodePortAddressesOf({
  options,
  family,
  node,
}: Pick<ProxierParts, 'options' | 'family' | 'node'>): readonly string[] | undefined {
  const { bindAddress, nodeportAddresses } = options;
  const isGiven =
    bindAddress !== undefined && isOfFamily(bindAddress, family) && !/^(0\.0\.0\.0|::)$/.test(bindAddress);
  const primary = isGiven ? bindAddress : primaryAddress(node(), family);
  return nodePortAddresses({ wanted: nodeportAddresses, primary, family });
}

/** Removes what a mode has left behind; all that there is to remove if it was never used here. */
const REMOVALS: Readonly<Record<Proxier['mode'], (family: IpFamily) => Promise<void>>> = {
  nftables: async (family) => {
    const nft = findTool('nft');
    if (nft !== undefined) await new Nft(nft, family).apply(removalScript(family));
  },
  userspace: async () => {
    if (findTool('ip') !== undefined) await OwnedAddresses.find().set(new Set(), true);
  },
};

/** Removes what any mode has left behind. @throws when a tool of the host's fails. */
export async function removeEverything(family: IpFamily, logger: Logger): Promise<void> {
  for (const remove of Object.values(REMOVALS)) await remove(family);
  logger.info({}, 'removed what kube-proxy had left behind');
}

/** Removes what the modes but this one have left behind, which would be in its way; what cannot be is said. */
export async function removeOtherModes(
  mode: Proxier['mode'],
  family: IpFamily,
  logger: Logger,
): Promise<void> {
  for (const other of Object.keys(REMOVALS) as Proxier['mode'][]) {
    if (other === mode) continue;
    await REMOVALS[other](family).catch((error) =>
      // Where a mode cannot be had there is mostly nothing of it either.
      logger.info({ error, mode: other }, 'cannot look for what another mode has left behind'),
    );
  }
}
