import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { HubName } from '../containers/network-files.ts';
import type { HubAddress } from './hub-address.ts';

/**
 * What the names of the Service `kubernetes` stand for in a pod's hosts file: the address that its environment names.
 * Where that is a name it is looked up, each time anew; undefined when it cannot be.
 */
export async function hubName({ host }: HubAddress, clusterDomain: string): Promise<HubName | undefined> {
  if (isIP(host) !== 0) return { address: host, clusterDomain };
  try {
    return { address: (await lookup(host)).address, clusterDomain };
  } catch {
    return undefined;
  }
}
