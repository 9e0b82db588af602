import { accessSync, constants, readFileSync } from 'node:fs';
import { kubenetRules } from './kubenet-rules.ts';
import { type NetworkTools, runTool } from './network-tools.ts';
import { parsePodCidr } from './pod-cidr.ts';

/** CAP_NET_ADMIN (linux/capability.h). */
const NET_ADMIN = 12n;
const IP_FORWARD = '/proc/sys/net/ipv4/ip_forward';
const SOME_RANGE = parsePodCidr('10.0.0.0/24')!;

/** What is the matter with making a network for pods. */
export interface NetworkFaults {
  /** Why it cannot be done at all. */
  readonly kubenet?: string;
  /** Why it is to be done without nftables. */
  readonly nft?: string;
}

/**
 * Tries what a network for pods takes, in namespaces that go at once: root in a container is often not allowed to.
 * Nothing of this machine is changed.
 */
export async function probeMachine({ unshare, ip, nft }: NetworkTools): Promise<NetworkFaults> {
  const missing = missingRight();
  if (missing !== undefined) return { kubenet: missing };
  try {
    await runTool([unshare, '--net', '--', ip, 'link', 'add', 'cbr0', 'type', 'bridge']);
  } catch (error) {
    return { kubenet: messageOf(error) };
  }
  if (nft === undefined) return { nft: 'nft was not found (Debian: apt-get install nftables)' };
  try {
    const rules = kubenetRules({ podCidr: SOME_RANGE, peers: [], hostPorts: [] });
    await runTool([unshare, '--net', '--', nft, '-f', '-'], rules);
    return {};
  } catch (error) {
    return { nft: messageOf(error) };
  }
}

/** Of this process, in its own network namespace. */
function missingRight(): string | undefined {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? '0';
  if (((BigInt(`0x${effective}`) >> NET_ADMIN) & 1n) === 0n) return 'the kubelet lacks CAP_NET_ADMIN';
  try {
    accessSync(IP_FORWARD, constants.W_OK);
    return undefined;
  } catch (error) {
    return `${IP_FORWARD} cannot be written: ${messageOf(error)}`;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
