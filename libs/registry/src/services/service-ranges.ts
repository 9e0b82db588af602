import { isIPv4 } from 'node:net';
import { cidrFaults, ipv4Number, ipv4Text } from '../validation/addresses.ts';
import { NumberedPool, reservedBand } from './numbered-pool.ts';

/** Upstream's bands (ipallocator `calculateRangeOffset`, portallocator likewise). */
const ADDRESS_BAND = { divisor: 16, min: 16, max: 256 };
const PORT_BAND = { divisor: 32, min: 16, max: 128 };

/** A range of addresses, all but its own and its broadcast address. */
export interface AddressRange {
  readonly text: string;
  /** The address of the Service `kubernetes`. */
  readonly firstAddress: string;
  /** Whether a Service may have an address. */
  contains(address: string): boolean;
  createPool(): NumberedPool;
}

/** @throws RangeError on what is no IPv4 range with room for Services. */
export function parseAddressRange(text: string): AddressRange {
  const [address = '', length = ''] = text.split('/');
  const bits = Number(length);
  if (!isIPv4(address) || cidrFaults('', text).length > 0 || bits > 30 || bits < 8)
    throw new RangeError(
      `${JSON.stringify(text)} is not an IPv4 range of 8 to 30 bits, such as 10.96.0.0/16`,
    );
  const whole = 2 ** (32 - bits);
  const first = ipv4Number(address) + 1;
  return {
    text,
    firstAddress: ipv4Text(first),
    contains: (given) => ipv4Number(given) >= first && ipv4Number(given) < first + whole - 2,
    createPool: () => new NumberedPool(first, whole - 2, reservedBand(whole, ADDRESS_BAND)),
  };
}

/** A range of ports, `first-last`. */
export interface PortRange {
  readonly text: string;
  contains(port: number): boolean;
  createPool(): NumberedPool;
}

/** @throws RangeError on what is no range of ports. */
export function parsePortRange(text: string): PortRange {
  const match = /^(\d{1,5})(-|\+)(\d{1,5})$/.exec(text.trim());
  const first = Number(match?.[1]);
  const last = match?.[2] === '+' ? first + Number(match[3]) : Number(match?.[3]);
  if (match === null || first < 1 || last > 65535 || last < first)
    throw new RangeError(`${JSON.stringify(text)} is not a range of ports, such as 30000-32767`);
  const size = last - first + 1;
  return {
    text: `${first}-${last}`,
    contains: (port) => port >= first && port <= last,
    createPool: () => new NumberedPool(first, size, reservedBand(size, PORT_BAND)),
  };
}
