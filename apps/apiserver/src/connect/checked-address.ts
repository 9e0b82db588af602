import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isAllowedAddress } from '@hawser/dial';

/** An address that nothing may be asked of in the hub's name. */
export class ForbiddenAddressError extends Error {
  override name = 'ForbiddenAddressError';

  constructor(readonly host: string) {
    super('address not allowed');
  }
}

export interface AddressRules {
  readonly allowLoopback: boolean;
  /**
   * Given where the dialer looks names up at its far end: whether the target proves its name before it is told
   * anything. Such a name is dialled as it is, and any other not at all: where it leads cannot be checked here.
   */
  readonly unresolved?: 'verified' | 'unverified' | undefined;
}

/**
 * The address to dial for a host: what was checked is what is dialled, whatever its name leads to a moment later.
 * @throws ForbiddenAddressError where any of the host's addresses is not allowed.
 */
export async function checkedAddress(
  host: string,
  { allowLoopback, unresolved }: AddressRules,
): Promise<string> {
  if (isIP(host) === 0 && unresolved !== undefined) {
    if (unresolved === 'verified') return host;
    throw new ForbiddenAddressError(host);
  }
  const addresses =
    isIP(host) === 0 ? (await lookup(host, { all: true })).map(({ address }) => address) : [host];
  for (const address of addresses)
    if (!isAllowedAddress(address, allowLoopback)) throw new ForbiddenAddressError(host);
  const [first] = addresses;
  if (first === undefined) throw new ForbiddenAddressError(host);
  return first;
}
