import { BlockList, isIP, isIPv6, SocketAddress } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * What leads back to one's own machine or link, or to nobody in particular (upstream's `IsProxyableIP` and
 * `IsGlobalUnicast`). Cloud metadata services are link-local.
 */
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet('0.0.0.0', 8);
FORBIDDEN.addSubnet('169.254.0.0', 16);
FORBIDDEN.addSubnet('224.0.0.0', 4);
FORBIDDEN.addAddress('255.255.255.255');
FORBIDDEN.addAddress('::', 'ipv6');
FORBIDDEN.addSubnet('fe80::', 10, 'ipv6');
FORBIDDEN.addSubnet('ff00::', 8, 'ipv6');
// Those metadata services that are not: of EC2 and of Compute Engine, over IPv6.
FORBIDDEN.addAddress('fd00:ec2::254', 'ipv6');
FORBIDDEN.addAddress('fd20:ce::254', 'ipv6');

/** IPv6 addresses whose last four bytes are an IPv4 address that they lead to: mapped, compatible, NAT64. */
const EMBEDDING = new BlockList();
EMBEDDING.addSubnet('::ffff:0:0', 96, 'ipv6');
EMBEDDING.addSubnet('::', 96, 'ipv6');
EMBEDDING.addSubnet('64:ff9b::', 96, 'ipv6');

/** Whether an IP address may be connected to in another's name. */
export function isAllowedAddress(address: string, allowLoopback: boolean): boolean {
  const family = isIP(address);
  if (family === 0 || address.includes('%')) return false;
  if (family === 6) {
    if (matches(LOOPBACK, address)) return allowLoopback;
    const embedded = embeddedIPv4(address);
    if (embedded !== undefined) return isAllowedAddress(embedded, allowLoopback);
  }
  if (matches(LOOPBACK, address)) return allowLoopback;
  return !matches(FORBIDDEN, address);
}

/** Whether an IP address is one of the machine's own loopback addresses. */
export function isLoopback(address: string): boolean {
  return isIP(address) !== 0 && matches(LOOPBACK, address);
}

function matches(list: BlockList, address: string): boolean {
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function embeddedIPv4(address: string): string | undefined {
  if (!EMBEDDING.check(address, 'ipv6')) return undefined;
  // Written in one form: `::ffff:7f00:1` and `::ffff:127.0.0.1` are the same.
  const groups = expand(new SocketAddress({ address, family: 'ipv6' }).address);
  const [high, low] = [groups.at(-2)!, groups.at(-1)!];
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

/** The last groups of an IPv6 address as numbers; as many as are written. */
function expand(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const hex =
    dotted === null
      ? address
      : `${dotted[1]}${((Number(dotted[2]) << 8) | Number(dotted[3])).toString(16)}:${((Number(dotted[4]) << 8) | Number(dotted[5])).toString(16)}`;
  const tail = hex.slice(hex.lastIndexOf('::') + (hex.includes('::') ? 2 : 1));
  const groups = tail === '' ? [] : tail.split(':').map((group) => Number.parseInt(group, 16));
  return [0, 0, ...groups];
}
