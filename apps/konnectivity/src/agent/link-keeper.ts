import type { Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import { IdentityNotReadyError, type LinkIdentity } from './link-identity.ts';
import type { OpenLink } from './open-link.ts';
import { RetryPace } from './retry-pace.ts';
import { endpointKey, type ServerEndpoint } from './server-endpoints.ts';
import type { Link, ServerLinks } from './server-links.ts';

export interface LinkKeeperOptions {
  readonly links: ServerLinks;
  /** All addresses of servers. @throws Error when none is known. */
  readonly endpoints: () => Promise<readonly ServerEndpoint[]>;
  /** @throws IdentityNotReadyError */
  readonly identity: () => LinkIdentity;
  readonly open: OpenLink;
  /** How many servers to be linked to. */
  readonly wanted: () => number;
  readonly syncForever: boolean;
  readonly syncIntervalMs: number;
  readonly syncIntervalCapMs: number;
  /** How often to look whether the identity has changed. */
  readonly probeIntervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A try that has gone on for so long does not keep the next from starting. */
const IMPATIENT_MS = 300;
/** A link that was lost sooner was none: its server is tried again as one that refuses. */
const SHORT_LINK_MS = 2_000;

interface Place {
  readonly endpoint: ServerEndpoint;
  readonly pace: RetryPace;
  triedAtMs: number | undefined;
  lastFault?: string;
}

/**
 * Keeps as many links as there are servers, one for each. Several addresses are tried side by side, one that fails
 * does not hold up the others; where there are fewer addresses than servers, the same are tried until each of the
 * servers behind them has been met. Links made with an identity that has been replaced are made anew, and only then
 * retired.
 */
export class LinkKeeper {
  readonly #options: LinkKeeperOptions;
  readonly #places = new Map<string, Place>();
  #woken = Promise.withResolvers<void>();
  #lastFault: string | undefined;

  constructor(options: LinkKeeperOptions) {
    this.#options = options;
  }

  /** To be called when a link was lost. */
  lost(link: Link, lastedMs: number): void {
    if (lastedMs < SHORT_LINK_MS) this.#places.get(endpointKey(link.endpoint))?.pace.failed();
    else for (const { pace } of this.#places.values()) pace.reset();
    this.wake();
  }

  /** Looks at once what is to be done, as when there are more servers than before. */
  wake(): void {
    this.#woken.resolve();
  }

  /** Runs until the signal aborts; tries that are under way are given up then. */
  async run(signal: AbortSignal): Promise<void> {
    const wake = () => this.wake();
    signal.addEventListener('abort', wake, { once: true });
    while (!signal.aborted) {
      this.#woken = Promise.withResolvers();
      const waitMs = await this.#round(signal);
      using _timer = this.#options.clock.after(waitMs, wake);
      if (!signal.aborted) await this.#woken.promise;
    }
  }

  /** Starts what is due. @returns how long until there is something to look at again. */
  async #round(signal: AbortSignal): Promise<number> {
    const { probeIntervalMs, syncIntervalMs, endpoints } = this.#options;
    const identity = this.#readIdentity();
    if (identity === undefined) return Math.min(probeIntervalMs, syncIntervalMs, IMPATIENT_MS);
    const need = this.#need(identity);
    if (need === 0) return probeIntervalMs;
    let places: Place[];
    try {
      places = this.#placesOf(await endpoints());
    } catch (error) {
      this.#report((error as Error).message, 'cannot find a server');
      return syncIntervalMs;
    }
    if (signal.aborted) return 0;
    return Math.min(
      probeIntervalMs,
      this.#startDue(this.#candidates(places, identity), need, identity, signal),
    );
  }

  #readIdentity(): LinkIdentity | undefined {
    try {
      const identity = this.#options.identity();
      this.#lastFault = undefined;
      return identity;
    } catch (error) {
      if (!(error instanceof IdentityNotReadyError)) throw error;
      this.#report(error.message, 'waiting for what the agent shows to servers');
      return undefined;
    }
  }

  /** Said once, however long it lasts. */
  #report(why: string, message: string): void {
    if (this.#lastFault !== why) this.#options.logger.warn({ why }, message);
    this.#lastFault = why;
  }

  /** How many links are to be made. */
  #need(identity: LinkIdentity): number {
    const { links, wanted, syncForever } = this.#options;
    const missing = Math.max(0, wanted() - links.size) + links.staleFor(identity).length;
    return missing === 0 && syncForever ? 1 : missing;
  }

  #placesOf(endpoints: readonly ServerEndpoint[]): Place[] {
    const { syncIntervalMs, syncIntervalCapMs, clock } = this.#options;
    const known = new Set(endpoints.map(endpointKey));
    for (const key of this.#places.keys()) if (!known.has(key)) this.#places.delete(key);
    return endpoints.map((endpoint) => {
      const key = endpointKey(endpoint);
      const pace = () => new RetryPace({ intervalMs: syncIntervalMs, capMs: syncIntervalCapMs, clock });
      const place = this.#places.get(key) ?? { endpoint, pace: pace(), triedAtMs: undefined };
      this.#places.set(key, place);
      return place;
    });
  }

  /** Where the missing servers may be, the likeliest first: addresses without a link, then those with one. */
  #candidates(places: readonly Place[], identity: LinkIdentity): Place[] {
    const { links, wanted, syncForever } = this.#options;
    const isLinked = ({ endpoint }: Place) => links.isLinked(endpoint, identity);
    const free = places.filter((place) => !isLinked(place));
    const byFailures = free.sort((a, b) => a.pace.failures - b.pace.failures);
    const isShared = places.length < wanted() || free.every(({ pace }) => pace.failures > 0);
    return isShared || syncForever ? [...byFailures, ...places.filter(isLinked)] : byFailures;
  }

  #startDue(candidates: readonly Place[], need: number, identity: LinkIdentity, signal: AbortSignal): number {
    const nowMs = this.#options.clock.now().getTime();
    const isPatient = ({ triedAtMs }: Place) => triedAtMs !== undefined && nowMs - triedAtMs < IMPATIENT_MS;
    let underWay = [...this.#places.values()].filter(isPatient).length;
    let waitMs = Number.POSITIVE_INFINITY;
    for (const place of candidates) {
      if (place.triedAtMs !== undefined) continue;
      if (place.pace.waitMs > 0) waitMs = Math.min(waitMs, place.pace.waitMs);
      else if (underWay < need) {
        underWay += 1;
        void this.#try(place, identity, signal);
      }
    }
    return underWay > 0 ? Math.min(waitMs, IMPATIENT_MS) : waitMs;
  }

  async #try(place: Place, identity: LinkIdentity, signal: AbortSignal): Promise<void> {
    const { open, links, clock, logger } = this.#options;
    const { endpoint, pace } = place;
    place.triedAtMs = clock.now().getTime();
    try {
      const opened = await open(endpoint, identity, signal);
      if (signal.aborted) return opened.connection.close();
      const adoption = links.adopt(opened, endpoint, identity);
      place.lastFault = undefined;
      if (adoption === 'duplicate') pace.failed();
      else pace.succeeded();
    } catch (error) {
      if (signal.aborted) return;
      pace.failed();
      const why = (error as Error).message;
      const facts = { server: endpoint.host, address: endpoint.address, why };
      if (place.lastFault === why) logger.debug(facts, 'cannot connect to a server, again');
      else logger.warn(facts, 'cannot connect to a server, trying until it succeeds');
      place.lastFault = why;
    } finally {
      place.triedAtMs = undefined;
      this.wake();
    }
  }
}
