import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { DialError, type Dialer, DirectDialer, type Target } from '@hawser/dial';
import type { AgentMetrics } from './agent-metrics.ts';
import type { TargetPolicy } from './target-policy.ts';

export interface TargetDialerOptions {
  readonly policy: TargetPolicy;
  readonly metrics: AgentMetrics;
  readonly dialer?: Dialer;
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/** Upstream's. */
const DIAL_TIMEOUT_MS = 5_000;

/** Connects to targets in the agent's network, plain TCP: what is said over it is protected end to end. */
export class TargetDialer implements Dialer {
  readonly #policy: TargetPolicy;
  readonly #metrics: AgentMetrics;
  readonly #dialer: Dialer;
  readonly #resolve: (host: string) => Promise<readonly string[]>;

  constructor({ policy, metrics, dialer, resolve }: TargetDialerOptions) {
    this.#policy = policy;
    this.#metrics = metrics;
    this.#dialer = dialer ?? new DirectDialer({ timeoutMs: DIAL_TIMEOUT_MS, allowHalfOpen: true });
    this.#resolve = resolve ?? resolveAll;
  }

  /** @throws DialError whose message is for whoever asked. */
  async dial({ host, port }: Target, signal: AbortSignal): Promise<Duplex> {
    const startedMs = performance.now();
    try {
      const stream = await this.#dialFirst(await this.#permitted(host, port), port, signal);
      this.#metrics.dialled((performance.now() - startedMs) / 1000);
      this.#metrics.endpointConnections.inc();
      stream.once('close', () => this.#metrics.endpointConnections.dec());
      return stream;
    } catch (error) {
      this.#metrics.dialFailed(reasonOf(error));
      if (error instanceof DialError) throw error;
      throw new DialError(`dial tcp ${host}:${port}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** One address after the other, until one answers. */
  async #dialFirst(addresses: readonly string[], port: number, signal: AbortSignal): Promise<Duplex> {
    let first: unknown;
    for (const host of addresses) {
      signal.throwIfAborted();
      try {
        return await this.#dialer.dial({ host, port }, signal);
      } catch (error) {
        first ??= error;
      }
    }
    throw first;
  }

  /** What is checked is what is dialled, whatever the name leads to a moment later. */
  async #permitted(host: string, port: number): Promise<readonly string[]> {
    const addresses = isIP(host) === 0 ? await this.#resolve(host) : [host];
    const permitted = addresses.filter((address) => this.#policy.refusal(address) === undefined);
    if (permitted.length > 0) return permitted;
    const [refused] = addresses;
    const why = refused === undefined ? 'the name has no address' : this.#policy.refusal(refused);
    throw new RefusedTargetError(`dial tcp ${host}:${port}: refused: ${why}`);
  }
}

/** The agent does not connect to this target, whoever asks. */
class RefusedTargetError extends DialError {
  override name = 'RefusedTargetError';
}

async function resolveAll(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/** Upstream knows of `timeout` and `unknown`. */
function reasonOf(error: unknown): 'timeout' | 'refused' | 'unknown' {
  if (error instanceof RefusedTargetError) return 'refused';
  return error instanceof Error && /timeout|timed out/.test(error.message) ? 'timeout' : 'unknown';
}
