import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A TCP socket that listens. */
export interface ListeningSocket {
  /** As to connect to it: the loopback address where it listens on all. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

const LISTEN = '0A';
const LOOPBACK = Buffer.from('00000000000000000000000000000001', 'hex');

/** The sockets that listen in the network namespace of this process, of IPv4 first. */
export function listeningSockets(read: (path: string) => string = readText): ListeningSocket[] {
  const table = (path: string) => read(path).trimEnd().split('\n').slice(1).flatMap(parseLine);
  return [...table('/proc/net/tcp'), ...table('/proc/net/tcp6')];
}

/** The fields of a line (proc_pid_net(5)): number, local address, remote address, state, …, inode. */
function parseLine(line: string): ListeningSocket[] {
  const fields = line.trim().split(/\s+/);
  const [, local = '', , state, , , , , , inode = ''] = fields;
  const [hex = '', port = ''] = local.split(':');
  if (state !== LISTEN || (hex.length !== 8 && hex.length !== 32)) return [];
  return [{ address: reachableAddress(addressBytes(hex)), port: Number.parseInt(port, 16), inode }];
}

/** Words of four bytes in the machine's order, which is little-endian on all that Hawser runs on. */
function addressBytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex').swap32();
}

function reachableAddress(bytes: Buffer): string {
  const isUnspecified = bytes.every((byte) => byte === 0);
  if (bytes.length === 4) return isUnspecified ? '127.0.0.1' : bytes.join('.');
  // A socket of IPv6 on all addresses takes connections of IPv4 as well, unless it was told not to.
  if (isUnspecified || bytes.equals(LOOPBACK)) return '::1';
  const mapped = bytes.subarray(0, 12).equals(Buffer.from('00000000000000000000ffff', 'hex'));
  if (mapped) return bytes.subarray(12).join('.');
  return bytes.toString('hex').match(/.{4}/g)!.join(':');
}

/** The inodes of the sockets that processes hold; those of another user's cannot be seen without being root. */
export function socketInodes(pids: readonly number[]): Set<string> {
  const inodes = new Set<string>();
  for (const pid of pids)
    for (const name of listing(`/proc/${pid}/fd`)) {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${name}`)) ?? [];
      if (inode !== undefined) inodes.add(inode);
    }
  return inodes;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function listing(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
