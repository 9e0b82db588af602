import { BlockList, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Node } from '@hawser/api';
import { type IpFamily, isOfFamily, isRangeOfFamily } from '../services/ip-family.ts';

/** Whether a text is a range of addresses, as `10.0.0.0/8`. */
export function isCidr(text: string): boolean {
  return isRangeOfFamily(text, 'IPv4') || isRangeOfFamily(text, 'IPv6');
}

/** The node's primary address of a family: the first InternalIP that its Node says. */
export function primaryAddress(node: Node | undefined, family: IpFamily): string | undefined {
  const addresses = node?.status?.addresses ?? [];
  return addresses.find(({ type, address }) => type === 'InternalIP' && isOfFamily(address!, family))
    ?.address;
}

/** What is asked for, and what the node has. */
export interface NodePortQuestion {
  /** Ranges, or `primary` alone (`--nodeport-addresses`). */
  readonly wanted: readonly string[];
  readonly primary: string | undefined;
  readonly family: IpFamily;
}

/**
 * At which of the node's addresses its node ports are served. Loopback addresses never are: what comes from them
 * cannot go elsewhere.
 * @returns undefined for all of them.
 */
export function nodePortAddresses(
  { wanted, primary, family }: NodePortQuestion,
  interfaces = networkInterfaces(),
): readonly string[] | undefined {
  if (wanted.includes('primary')) return primary === undefined ? [] : [primary];
  const ranges = wanted.filter((range) => isOfFamily(range.split('/')[0]!, family));
  if (ranges.some((range) => range.endsWith('/0'))) return undefined;
  return addressesIn(ranges, family, interfaces);
}

/** The node's addresses of a family in some ranges, without loopback ones. */
export function addressesIn(
  ranges: readonly string[],
  family: IpFamily,
  interfaces = networkInterfaces(),
): string[] {
  const type = family === 'IPv4' ? 'ipv4' : 'ipv6';
  const list = rangeOf(...ranges);
  return Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && isOfFamily(address, family) && list.check(address, type))
    .map(({ address }) => address);
}

/** Something that says whether an address is in one of the ranges, or is one of the addresses among them. */
export function rangeOf(...ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    if (bits === undefined) list.addAddress(address, isIPv4(address) ? 'ipv4' : 'ipv6');
    else list.addSubnet(address, Number(bits), isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** Whether an address is one of this host's. */
export function isOwnAddress(address: string, interfaces = networkInterfaces()): boolean {
  return Object.values(interfaces).some((addresses) => addresses?.some((own) => own.address === address));
}
