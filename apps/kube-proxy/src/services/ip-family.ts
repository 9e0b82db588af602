import { isIPv4, isIPv6 } from 'node:net';

/** The family that virtual IPs and endpoints are of; each is proxied by itself. */
export type IpFamily = 'IPv4' | 'IPv6';

/** Whether a text is an address of the family. */
export function isOfFamily(address: string, family: IpFamily): boolean {
  return family === 'IPv4' ? isIPv4(address) : isIPv6(address);
}

/** The addresses, or ranges in CIDR notation, that are of the family, each once. */
export function ofFamily(addresses: readonly string[], family: IpFamily): string[] {
  const matching = addresses
    .map((address) => address.trim())
    .filter((address) => isOfFamily(address.split('/')[0]!, family));
  return [...new Set(matching)];
}
