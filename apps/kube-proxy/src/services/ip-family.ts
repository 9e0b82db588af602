import { isIPv4, isIPv6 } from 'node:net';

/** The family that virtual IPs and endpoints are of; each is proxied by itself. */
export type IpFamily = 'IPv4' | 'IPv6';

/** Whether a text is an address of the family. */
export function isOfFamily(address: string, family: IpFamily): boolean {
  // A zone, as in `fe80::1%eth0`, means nothing on another host.
  return family === 'IPv4' ? isIPv4(address) : isIPv6(address) && !address.includes('%');
}

/** Whether a text is a range of the family, as `10.0.0.0/8`. */
export function isRangeOfFamily(text: string, family: IpFamily): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  if (rest.length > 0 || !isOfFamily(address, family) || !/^\d{1,3}$/.test(bits)) return false;
  return Number(bits) <= (family === 'IPv4' ? 32 : 128);
}

/** The addresses that are of the family, each once. What is none is left out: it would stand in commands. */
export function addressesOfFamily(texts: readonly string[], family: IpFamily): string[] {
  return unique(texts).filter((text) => isOfFamily(text, family));
}

/** As `addressesOfFamily`, with ranges in CIDR notation. */
export function rangesOfFamily(texts: readonly string[], family: IpFamily): string[] {
  return unique(texts).filter((text) => isOfFamily(text, family) || isRangeOfFamily(text, family));
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts.map((text) => text.trim()))];
