import { type Clock, sleep } from '@hawser/runtime';
import { type JsonWebKey, readKeySet } from './json-web-key.ts';

export interface IssuerKeysOptions {
  readonly issuer: string;
  /** Where the discovery document is, if not below the issuer's own URL. */
  readonly discoveryUrl?: string;
  /** Fetches JSON over verified TLS; rejects with the reason, which quotes nothing of what came. */
  readonly fetchJson: (url: string, signal: AbortSignal) => Promise<unknown>;
  readonly clock: Clock;
  /** Called when the keys could not be fetched, and with undefined when they could after that. */
  readonly onOutcome: (fault: Error | undefined) => void;
}

const WELL_KNOWN = '/.well-known/openid-configuration';
/** How soon an issuer that could not be reached is asked again, as upstream. */
const RETRY_MS = 10_000;
/** A key that an issuer has withdrawn is not for ever: upstream keeps it until a token names one that is not there. */
const REFRESH_MS = 10 * 60_000;
/** Tokens may be made up with any key's name: each sends no question to the issuer. */
const MIN_INTERVAL_MS = 10_000;

/** The keys of one issuer: discovered, kept, fetched again from time to time and when a token names an unknown one. */
export class IssuerKeys implements Disposable {
  readonly #options: IssuerKeysOptions;
  readonly #stopping = new AbortController();
  #jwksUri: string | undefined;
  #keys: readonly JsonWebKey[] | undefined;
  #fetching: Promise<void> | undefined;
  #fetchedMs = Number.NEGATIVE_INFINITY;
  #fault: Error | undefined = new Error('the issuer has not been asked yet');

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
  }

  /** Undefined until they have been fetched once. */
  get current(): readonly JsonWebKey[] | undefined {
    return this.#keys;
  }

  /** Why they could not be fetched last; undefined while all is well. */
  get fault(): Error | undefined {
    return this.#fault;
  }

  /** Fetches, and goes on fetching until it is disposed of; never rejects. */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#fetch();
      await sleep(this.#keys === undefined ? RETRY_MS : REFRESH_MS, signal, this.#options.clock).catch(
        () => {},
      );
    }
  }

  /**
   * Fetches the keys again, for a token that names one which is not there: unless that was done just now.
   * @returns undefined where there is nothing to wait for; never rejects.
   */
  refresh(): Promise<void> | undefined {
    if (this.#fetching !== undefined) return this.#fetching;
    const since = this.#options.clock.now().getTime() - this.#fetchedMs;
    return Math.abs(since) < MIN_INTERVAL_MS ? undefined : this.#fetch();
  }

  [Symbol.dispose](): void {
    this.#stopping.abort();
  }

  #fetch(): Promise<void> {
    this.#fetching ??= this.#fetchAll().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetchAll(): Promise<void> {
    const { fetchJson, clock, onOutcome } = this.#options;
    const { signal } = this.#stopping;
    this.#fetchedMs = clock.now().getTime();
    try {
      this.#jwksUri ??= await this.#discover(signal);
      this.#keys = readKeySet(await fetchJson(this.#jwksUri, signal));
      if (this.#fault !== undefined) onOutcome(undefined);
      this.#fault = undefined;
    } catch (error) {
      if (signal.aborted) return;
      // It may have moved.
      this.#jwksUri = undefined;
      this.#fault = error instanceof Error ? error : new Error(String(error));
      onOutcome(this.#fault);
    }
  }

  /** @returns where the keys are. @throws Error when the document is another issuer's, or names no safe place. */
  async #discover(signal: AbortSignal): Promise<string> {
    const { issuer, discoveryUrl, fetchJson } = this.#options;
    const document = await fetchJson(discoveryUrl ?? issuer.replace(/\/$/, '') + WELL_KNOWN, signal);
    const { issuer: found, jwks_uri: uri } = (document ?? {}) as { issuer?: unknown; jwks_uri?: unknown };
    if (found !== issuer)
      throw new Error(
        `oidc: issuer did not match the issuer returned by provider, expected ${JSON.stringify(issuer)} got ${JSON.stringify(found)?.slice(0, 256)}`,
      );
    if (typeof uri !== 'string' || !URL.canParse(uri) || new URL(uri).protocol !== 'https:')
      throw new Error('oidc: the provider did not return an https jwks_uri');
    return uri;
  }
}
