import { isIPv4, isIPv6 } from 'node:net';

/** A range of IP addresses; an address is a range of full length. IPv4-mapped IPv6 addresses are IPv4. */
export interface AddressRange {
  readonly family: 4 | 6;
  /** The first address of the range, as a number. */
  readonly base: bigint;
  /** How many leading bits are fixed. */
  readonly length: number;
}

const BITS = { 4: 32, 6: 128 } as const;
const MAPPED_PREFIX = 0xffffn;

/** @returns undefined for what is no IP address; one with a zone means something on one machine only, and is none. */
export function parseAddress(text: string): AddressRange | undefined {
  if (isIPv4(text)) return { family: 4, base: ipv4Number(text), length: 32 };
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const base = ipv6Number(text);
  return base >> 32n === MAPPED_PREFIX
    ? { family: 4, base: base & 0xffff_ffffn, length: 32 }
    : { family: 6, base, length: 128 };
}

/** @returns undefined for what is no CIDR, or has bits set beyond its length. */
export function parseCidr(text: string): AddressRange | undefined {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const address = match === null ? undefined : parseAddress(match[1]!);
  // A mapped range counts its length from the IPv6 address; nobody writes them.
  if (address === undefined || (address.family === 4) !== isIPv4(match![1]!)) return undefined;
  const length = Number(match![2]);
  if (length > BITS[address.family]) return undefined;
  const range = { ...address, length };
  return maskTo(range, length) === range.base ? range : undefined;
}

/** An address or a CIDR. */
export function parseRange(text: string): AddressRange | undefined {
  return parseAddress(text) ?? parseCidr(text);
}

/** Whether every address of one range is in the other. */
export function contains(outer: AddressRange, inner: AddressRange): boolean {
  return (
    outer.family === inner.family &&
    outer.length <= inner.length &&
    maskTo(inner, outer.length) === outer.base
  );
}

export function overlaps(a: AddressRange, b: AddressRange): boolean {
  return contains(a, b) || contains(b, a);
}

/** The first address of the range of this length around the range. */
export function maskTo({ family, base }: AddressRange, length: number): bigint {
  const free = BigInt(BITS[family] - length);
  return (base >> free) << free;
}

/** Whether a range is one address. */
export function isOneAddress({ family, length }: AddressRange): boolean {
  return length === BITS[family];
}

function ipv4Number(text: string): bigint {
  return text.split('.').reduce((number, part) => number * 256n + BigInt(part), 0n);
}

/** The URL parser writes IPv6 addresses in one way, as hexadecimal groups. */
function ipv6Number(text: string): bigint {
  const [head = '', tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const [front, back] = [groups(head), groups(tail ?? '')];
  const middle = new Array<string>(8 - front.length - back.length).fill('0');
  return [...front, ...middle, ...back].reduce((number, group) => number * 65536n + BigInt(`0x${group}`), 0n);
}
