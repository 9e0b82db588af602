import { BlockList, isIP, isIPv6 } from 'node:net';
import { isAllowedAddress, isLoopback } from '@hawser/dial';

export interface TargetPolicyOptions {
  /** The agent's own, URL-encoded: addresses among them are its to serve, loopback or not. */
  readonly identifiers: string;
  /** Whether all of the machine's loopback addresses may be reached. */
  readonly allowLoopback: boolean;
}

/**
 * Whether an address may be connected to in a server's name. Who reaches an agent's server reaches whatever the agent
 * connects to, so what no hub has business with is refused: link-local addresses (where metadata services give out a
 * machine's credentials), multicast and unspecified ones always; loopback, where a machine's own services listen
 * that trust whoever is on it, unless the agent is for that very address.
 */
export class TargetPolicy {
  readonly #claimed: BlockList;
  readonly #allowLoopback: boolean;

  constructor({ identifiers, allowLoopback }: TargetPolicyOptions) {
    this.#claimed = claimedAddresses(identifiers);
    this.#allowLoopback = allowLoopback;
  }

  /** Why an address is refused; undefined where it is not. */
  refusal(address: string): string | undefined {
    if (isAllowedAddress(address, this.#allowLoopback)) return undefined;
    if (!isAllowedAddress(address, true))
      return 'the agent connects to no link-local, multicast or unspecified address';
    if (isLoopback(address) && contains(this.#claimed, address)) return undefined;
    return 'the agent connects to loopback addresses only if they are among its identifiers (--allow-loopback-targets)';
  }
}

/** A range that is more than loopback, as of all addresses, does not say that loopback is meant, too. */
function claimedAddresses(identifiers: string): BlockList {
  const list = new BlockList();
  for (const [type, value] of new URLSearchParams(identifiers)) {
    const [address = '', prefix] = value.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (isIP(address) === 0) continue;
    if (type === 'ipv4' || type === 'ipv6') list.addAddress(address, family);
    if (type === 'cidr' && isWithinLoopback(address, prefix)) list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

function isWithinLoopback(address: string, prefix = ''): boolean {
  const [least, most] = isIPv6(address) ? [128, 128] : [8, 32];
  return /^\d+$/.test(prefix) && Number(prefix) >= least && Number(prefix) <= most && isLoopback(address);
}

function contains(list: BlockList, address: string): boolean {
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
