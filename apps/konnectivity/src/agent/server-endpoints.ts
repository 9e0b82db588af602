import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** One address at which servers are reached: one server's, or that of what spreads connections over several. */
export interface ServerEndpoint {
  /** As --proxy-server-host has it: what the server's certificate must be for. */
  readonly host: string;
  readonly address: string;
}

/** Unambiguous, for maps. */
export function endpointKey({ host, address }: ServerEndpoint): string {
  return `${host}/${address}`;
}

const LOOKUP_TIMEOUT_MS = 5_000;

/** The addresses of the servers' names, looked up anew each time; a name that cannot be now keeps those it had. */
export class ServerEndpoints {
  readonly #known = new Map<string, readonly string[]>();

  /** @param resolve all addresses of a name. */
  constructor(
    private readonly hosts: readonly string[],
    private readonly resolve: (host: string) => Promise<readonly string[]> = resolveAll,
  ) {}

  /** @throws Error when no address of any is known. */
  async list(): Promise<ServerEndpoint[]> {
    const faults: Error[] = [];
    const all = await Promise.all(
      this.hosts.map(async (host) => {
        const addresses = await this.#addresses(host, faults);
        return addresses.map((address) => ({ host, address }));
      }),
    );
    const endpoints = all.flat();
    if (endpoints.length === 0) throw faults[0] ?? new Error('no server has an address');
    return endpoints;
  }

  async #addresses(host: string, faults: Error[]): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    try {
      this.#known.set(host, [...new Set(await this.resolve(host))]);
    } catch (error) {
      faults.push(error as Error);
    }
    return this.#known.get(host) ?? [];
  }
}

async function resolveAll(host: string): Promise<string[]> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`lookup ${host}: i/o timeout`)), LOOKUP_TIMEOUT_MS);
  try {
    const found = await Promise.race([lookup(host, { all: true }), late.promise]);
    return found.map(({ address }) => address);
  } finally {
    clearTimeout(timer);
  }
}
