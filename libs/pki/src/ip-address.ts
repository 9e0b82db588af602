import { isIPv4, isIPv6 } from 'node:net';
import { PkiError } from './pki-error.ts';

/** The 4 or 16 bytes of an IP address in text. Throws `PkiError` for anything else, zones included. */
export function encodeIpAddress(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  if (isIPv6(address) && !address.includes('%')) return encodeIpv6(address);
  throw new PkiError(`not an IP address: ${JSON.stringify(address)}`);
}

/** The text of a 4 or 16 byte address; IPv6 in the form of RFC 5952, IPv4-mapped ones as IPv4 (as Go does). */
export function decodeIpAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) throw new PkiError(`IP address of ${bytes.length} bytes`);
  const mapped =
    bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return mapped ? bytes.subarray(12).join('.') : compressIpv6(Buffer.from(bytes));
}

/** The URL parser canonicalizes IPv6 by the same rules, so only its hexadecimal groups are left to read. */
function encodeIpv6(address: string): Buffer {
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const front = groupsOf(head);
  const back = groupsOf(tail ?? '');
  const middle = new Array<number>(8 - front.length - back.length).fill(0);
  return Buffer.from([...front, ...middle, ...back].flatMap((group) => [group >> 8, group & 0xff]));
}

const groupsOf = (text: string): number[] =>
  text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));

function compressIpv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}
