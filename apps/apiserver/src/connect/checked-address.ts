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

/**
 * The address to dial for a host: what was checked is what is dialled, whatever its name leads to a moment later.
 * @throws ForbiddenAddressError where any of the host's addresses is not allowed.
 */
export async function checkedAddress(host: string, allowLoopback: boolean): Promise<string> {
  const addresses =
    isIP(host) === 0 ? (await lookup(host, { all: true })).map(({ address }) => address) : [host];
  for (const address of addresses)
    if (!isAllowedAddress(address, allowLoopback)) throw new ForbiddenAddressError(host);
  const [first] = addresses;
  if (first === undefined) throw new ForbiddenAddressError(host);
  return first;
}
