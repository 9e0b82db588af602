import { NetworkCommandError } from './network-tools.ts';
import { nextFreeAddress, type PodCidr } from './pod-cidr.ts';

/**
 * Who has which address. It is no state of its own: each address is written down with its sandbox, so that none
 * can be lost, or be taken by nobody.
 */
export class AddressPool {
  readonly #byOwner = new Map<string, string>();
  readonly #taken = new Set<string>();
  #last: string | undefined;

  /** Everybody who has an address. */
  owners(): string[] {
    return [...this.#byOwner.keys()];
  }

  take(owner: string, address: string): void {
    this.#byOwner.set(owner, address);
    this.#taken.add(address);
    this.#last = address;
  }

  /** @throws NetworkCommandError when there is none left. */
  allocate(owner: string, podCidr: PodCidr): string {
    const address = nextFreeAddress(podCidr, (candidate) => this.#taken.has(candidate), this.#last);
    if (address === undefined)
      throw new NetworkCommandError(`no IP addresses available in range: ${podCidr.text}`);
    this.take(owner, address);
    return address;
  }

  release(owner: string): void {
    const address = this.#byOwner.get(owner);
    if (address === undefined) return;
    this.#byOwner.delete(owner);
    this.#taken.delete(address);
  }
}
