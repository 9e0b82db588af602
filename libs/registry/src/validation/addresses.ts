import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { type FieldError, invalidValue } from '@hawser/api';

/** Addresses, ranges and ports (apimachinery/pkg/util/validation, ValidateNonSpecialIP of core/validation). */

const LEADING_ZERO = /(^|\.)0\d/;
const MAPPED = /^::ffff:/i;

/** Faults of an IP address of either family, as text fields of long standing take it. */
export function ipFaults(at: string, address: string): FieldError[] {
  if (looksIPv4(address) && LEADING_ZERO.test(address))
    return [invalidValue(at, address, 'must not have leading 0s')];
  if (!isIPv4(address) && !isPlainIPv6(address))
    return [invalidValue(at, address, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
  return isMapped(address) ? [invalidValue(at, address, 'must not be an IPv4-mapped IPv6 address')] : [];
}

/** Whether an address is of the IPv6 family; an address mapped from IPv4 is not. */
export function isIPv6Address(address: string): boolean {
  return isPlainIPv6(address) && !isMapped(address);
}

/** Faults of an address that others are sent to: it must mean the same to everyone. */
export function nonSpecialIpFaults(at: string, address: string, allowLoopback = false): FieldError[] {
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  if (family === 'ipv6' && !isPlainIPv6(address))
    return [invalidValue(at, address, 'must be a valid IP address')];
  return SPECIAL.filter(
    ({ ranges, name }) => ranges.check(address, family) && !(allowLoopback && name === 'loopback'),
  ).map(({ words }) => invalidValue(at, address, words(address)));
}

/** Faults of a range `address/length` that has no bits beyond its length. */
export function cidrFaults(at: string, cidr: string): FieldError[] {
  const [address = '', length = '', ...rest] = cidr.split('/');
  const isV4 = isIPv4(address);
  const bits = isV4 ? 32 : 128;
  const valid = (isV4 || isPlainIPv6(address)) && /^\d{1,3}$/.test(length) && Number(length) <= bits;
  if (!valid || rest.length > 0)
    return [invalidValue(at, cidr, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
  if (isMapped(address)) return [invalidValue(at, cidr, 'must not have an IPv4-mapped IPv6 address')];
  return isV4 && (ipv4Number(address) & hostMask(Number(length))) >>> 0 !== 0
    ? [invalidValue(at, cidr, 'must not have bits set beyond the prefix length')]
    : [];
}

/** An IPv4 address as a number. */
export function ipv4Number(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

/** A number as an IPv4 address. */
export function ipv4Text(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

/** Faults of a port number. */
export function portNumberFaults(at: string, port: number): FieldError[] {
  return port >= 1 && port <= 65535 ? [] : [invalidValue(at, port, 'must be between 1 and 65535, inclusive')];
}

/** Faults of a port that is a number, or a name of a container's port. */
export function portNumberOrNameFaults(at: string, port: number | string): FieldError[] {
  if (typeof port === 'number') return portNumberFaults(at, port);
  return portNameWords(port).map((words) => invalidValue(at, port, words));
}

function portNameWords(name: string): string[] {
  return [
    ...(name.length > 15 ? ['must be no more than 15 bytes'] : []),
    ...(/^[-a-z0-9]+$/.test(name)
      ? []
      : ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)']),
    ...(/[a-z]/.test(name) ? [] : ['must contain at least one letter (a-z)']),
    ...(name.includes('--') ? ['must not contain consecutive hyphens'] : []),
    ...(name.startsWith('-') || name.endsWith('-') ? ['must not begin or end with a hyphen'] : []),
  ];
}

const looksIPv4 = (address: string) => /^\d+(\.\d+){3}$/.test(address);
/** An address with a zone means something on one machine only. */
const isPlainIPv6 = (address: string) => isIPv6(address) && !address.includes('%');
const isMapped = (address: string) => MAPPED.test(address) && isPlainIPv6(address);
const hostMask = (length: number) => (length === 32 ? 0 : 0xffffffff >>> length);

interface SpecialRange {
  readonly name: string;
  readonly ranges: BlockList;
  readonly words: (address: string) => string;
}

function special(
  name: string,
  v4: readonly [string, number],
  v6: readonly [string, number],
  words: (address: string) => string,
): SpecialRange {
  const ranges = new BlockList();
  ranges.addSubnet(...v4, 'ipv4');
  ranges.addSubnet(...v6, 'ipv6');
  return { name, ranges, words };
}

const SPECIAL: readonly SpecialRange[] = [
  special('unspecified', ['0.0.0.0', 32], ['::', 128], (address) => `may not be unspecified (${address})`),
  special(
    'loopback',
    ['127.0.0.0', 8],
    ['::1', 128],
    () => 'may not be in the loopback range (127.0.0.0/8, ::1/128)',
  ),
  special(
    'link-local',
    ['169.254.0.0', 16],
    ['fe80::', 10],
    () => 'may not be in the link-local range (169.254.0.0/16, fe80::/10)',
  ),
  special(
    'link-local multicast',
    ['224.0.0.0', 24],
    ['ff02::', 16],
    () => 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
  ),
];
