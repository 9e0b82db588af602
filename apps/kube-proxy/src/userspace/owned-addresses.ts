import { networkInterfaces } from 'node:os';
import { findTool } from '../node/find-tool.ts';
import { runCommand } from '../node/run-command.ts';

/** What tells our addresses from others': they are on the loopback interface, which every host has, under a label. */
const LABEL = 'lo:kube-proxy';

/** Virtual IPs as addresses of this host. What an earlier process has left is known by its label. */
export class OwnedAddresses {
  #owned = new Set<string>();
  /** One change at a time. */
  #tail: Promise<void> = Promise.resolve();

  constructor(private readonly ip: string) {}

  /** With the ip command of this host. @throws Error if there is none. */
  static find(): OwnedAddresses {
    const ip = findTool('ip');
    if (ip === undefined) throw new Error('there is no ip command');
    return new OwnedAddresses(ip);
  }

  /** What is ours on the host. @throws CommandError. */
  async list(): Promise<Set<string>> {
    const text = await runCommand([this.ip, '-4', '-o', 'address', 'show', 'dev', 'lo', 'label', LABEL]);
    return new Set([...text.matchAll(/ inet ([\d.]+)\//g)].map(([, address]) => address!));
  }

  /** Whether the host has all that was set last. */
  async isIntact(): Promise<boolean> {
    const found = await this.list();
    return found.size === this.#owned.size && [...this.#owned].every((address) => found.has(address));
  }

  /**
   * Makes these ours, and no others; one that is the host's own already stays so.
   * @param whole look at what is there, whatever is known. @throws CommandError.
   */
  set(wanted: ReadonlySet<string>, whole: boolean): Promise<void> {
    const change = this.#tail.then(() => this.#set(wanted, whole));
    this.#tail = change.catch(() => {});
    return change;
  }

  async #set(wanted: ReadonlySet<string>, whole: boolean): Promise<void> {
    const before = whole ? await this.list() : this.#owned;
    const others = whole ? othersAddresses(before) : new Set<string>();
    const added = [...wanted].filter((address) => !before.has(address) && !others.has(address));
    const gone = [...before].filter((address) => !wanted.has(address));
    const commands = [
      ...added.map((address) => `address add ${address}/32 dev lo label ${LABEL} scope host\n`),
      ...gone.map((address) => `address delete ${address}/32 dev lo\n`),
    ];
    // All are tried; what fails is told of at the end.
    if (commands.length > 0) await runCommand([this.ip, '-force', '-batch', '-'], commands.join(''));
    this.#owned = new Set([...before, ...added].filter((address) => wanted.has(address)));
  }
}

/** The host's addresses that are not ours. */
function othersAddresses(ours: ReadonlySet<string>): Set<string> {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return new Set(all.map(({ address }) => address).filter((address) => !ours.has(address)));
}
