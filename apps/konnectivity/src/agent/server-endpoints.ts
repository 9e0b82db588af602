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
/** Where addresses are known, a server that is back is not to wait for a name service that is not. */
const REFRESH_TIMEOUT_MS = 500;

/** The addresses of the servers' names, looked up anew each time; a name that cannot be now keeps those it had. */
export class ServerEndpoints {
  readonly #known = new Map<string, readonly string[]>();

  /** @param resolve all addresses of a name. */
  constructor(
    private readonly hosts: readonly string[],
    private readonly resolve: (host: string) => Promise<readonly string[]> = resolveAll,
    private readonly refreshTimeoutMs = REFRESH_TIMEOUT_MS,
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
      const timeoutMs = this.#known.has(host) ? this.refreshTimeoutMs : LOOKUP_TIMEOUT_MS;
      const found = await within(timeoutMs, this.resolve(host), `lookup ${host}: i/o timeout`);
      this.#known.set(host, [...new Set(found)]);
    } catch (error) {
      faults.push(error as Error);
    }
    return this.#known.get(host) ?? [];
  }
}

async function resolveAll(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

async function within<T>(timeoutMs: number, promise: Promise<T>, why: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(why)), timeoutMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
