import { generateRuleset } from '../nftables/generate-ruleset.ts';
import { Nft } from '../nftables/nft.ts';
import { EMPTY_TABLE } from '../nftables/ruleset.ts';
import { wholeTransaction } from '../nftables/transaction.ts';
import { findTool } from '../node/find-tool.ts';
import type { Endpoint } from '../services/endpoint.ts';
import type { IpFamily } from '../services/ip-family.ts';
import type { WantedPort } from '../services/wanted-services.ts';

/**
 * Whether nftables mode can be had: there is nft, and the kernel accepts, without keeping them, rules of every kind
 * that the mode writes.
 * @returns why not, or undefined.
 */
export async function probeNftables(family: IpFamily): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'nftables is of Linux';
  const path = findTool('nft');
  if (path === undefined) return 'there is no nft';
  const settings = {
    family,
    masqueradeBit: 14,
    masqueradeAll: false,
    clusterCidr: undefined,
    nodePortAddresses: undefined,
  };
  const ruleset = generateRuleset([samplePort(family)], settings);
  try {
    // Under a name of its own, so that what stands under ours is in nobody's way.
    const { script } = wholeTransaction(EMPTY_TABLE, ruleset, family);
    await new Nft(path, family).check(script.replaceAll(' kube-proxy', ' kube-proxy-probe'));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : `${error}`;
  }
}

/** A port with all that a port can have. */
function samplePort(family: IpFamily): WantedPort {
  const [clusterIP, ip] = family === 'IPv4' ? ['192.0.2.1', '192.0.2.2'] : ['2001:db8::1', '2001:db8::2'];
  const endpoint: Endpoint = {
    ip,
    port: 80,
    ...{ isReady: true, isServing: true, isTerminating: false, isLocal: true },
    ...{ zoneHints: [], nodeHints: [] },
  };
  return {
    ...{ service: 'probe/probe', portName: '', protocol: 'TCP' },
    ...{ clusterIP, port: 80, nodePort: 30_000, externalIPs: [], loadBalancerIPs: [] },
    ...{ loadBalancerSourceRanges: [], affinitySeconds: 10, healthCheckNodePort: 0 },
    ...{ externalPolicyLocal: true, internalPolicyLocal: false },
    endpoints: {
      cluster: [endpoint],
      local: [endpoint],
      reachable: [endpoint],
      serving: [endpoint],
      any: true,
    },
  };
}
