import { isIPv4 } from 'node:net';

/** A range of IPv4 addresses for the pods of one node. */
export interface PodCidr {
  readonly text: string;
  /** The first address, as a number. */
  readonly base: number;
  readonly length: number;
}

/** @returns undefined for what is no range of IPv4 with room for a gateway and a pod. */
export function parsePodCidr(text: string | undefined): PodCidr | undefined {
  const [address = '', length = ''] = (text ?? '').split('/');
  if (!isIPv4(address) || !/^\d{1,2}$/.test(length) || Number(length) > 30) return undefined;
  const base = addressNumber(address);
  const sizeOf = sizeOfLength(Number(length));
  return base % sizeOf === 0 ? { text: text!, base, length: Number(length) } : undefined;
}

/** The address of the range itself, which is no pod's: what the node speaks with to pods of other nodes. */
export const networkAddress = ({ base }: PodCidr): string => addressText(base);

/** The first address: the node's, on the bridge. */
export const gatewayAddress = ({ base }: PodCidr): string => addressText(base + 1);

export function overlaps(a: PodCidr, b: PodCidr): boolean {
  return a.base < b.base + sizeOfLength(b.length) && b.base < a.base + sizeOfLength(a.length);
}

export function containsAddress({ base, length }: PodCidr, address: string): boolean {
  const number = addressNumber(address);
  return isIPv4(address) && number >= base && number < base + sizeOfLength(length);
}

/**
 * A pod's address: the next that is free after the one given out last, so that what was given back rests for a
 * while: others may still remember its pod.
 * @returns undefined when all are taken.
 */
export function nextFreeAddress(
  { base, length }: PodCidr,
  isTaken: (address: string) => boolean,
  last: string | undefined,
): string | undefined {
  const [first, count] = [base + 2, sizeOfLength(length) - 3];
  const start = last === undefined ? 0 : addressNumber(last) - first + 1;
  for (let i = 0; i < count; i += 1) {
    const address = addressText(first + ((((start + i) % count) + count) % count));
    if (!isTaken(address)) return address;
  }
  return undefined;
}

/** A hardware address that follows from an IPv4 address, so that nobody has to be asked for it. */
export function hardwareAddress(address: string): string {
  const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return ['0a', '58', ...bytes].join(':');
}

const sizeOfLength = (length: number): number => 2 ** (32 - length);

function addressNumber(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

function addressText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
