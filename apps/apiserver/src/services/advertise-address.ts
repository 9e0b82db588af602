import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

export interface AddressOptions {
  readonly advertiseAddress: string | undefined;
  readonly bindAddress: string;
  readonly allowLoopbackTargets: boolean;
}

/**
 * The address at which the cluster finds this hub: what the flag says, otherwise the address it listens on if
 * that says anything to others, otherwise the machine's first (apiserver `ServerRunOptions.DefaultAdvertiseAddress`).
 * @returns undefined where there is none; the Service `kubernetes` then has no endpoint.
 * @throws RangeError on a flag that is no IPv4 address.
 */
export function advertisedAddress(
  { advertiseAddress, bindAddress, allowLoopbackTargets }: AddressOptions,
  interfaces = networkInterfaces(),
): string | undefined {
  if (advertiseAddress !== undefined) {
    if (!isIPv4(advertiseAddress) || advertiseAddress === '0.0.0.0')
      throw new RangeError(`--advertise-address: ${JSON.stringify(advertiseAddress)} is not an IPv4 address`);
    return advertiseAddress;
  }
  const isLoopback = bindAddress.startsWith('127.');
  if (isIPv4(bindAddress) && bindAddress !== '0.0.0.0' && (!isLoopback || allowLoopbackTargets))
    return bindAddress;
  return Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, address }) => !internal && isIPv4(address) && !address.startsWith('169.254.'))
    ?.address;
}
