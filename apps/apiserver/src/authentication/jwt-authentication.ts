import { readFileSync } from 'node:fs';
import { SIGNING_ALGORITHMS, type TokenAuthenticator, UnionTokenAuthenticator } from '@hawser/authn';
import { FlagError } from '@hawser/config';
import { every, sleep } from '@hawser/runtime';
import { readCaBundle } from '@hawser/tls-files';
import type { ConfigurationMetrics } from '../configuration-file/configuration-metrics.ts';
import type { ApiServerOptions } from '../options.ts';
import { type IssuerPlan, IssuerSet, type IssuerSurroundings } from './issuer-set.ts';
import {
  type LoadedAuthentication,
  loadAuthenticationConfiguration,
} from './load-authentication-configuration.ts';
import { issuerOfFlags } from './oidc-flags.ts';

/** Upstream looks once a minute, and when the system tells of a change. */
const LOOK_MS = 5_000;
/** How long new issuers may take to be reached before the old ones stay, as upstream. */
const READY_MS = 60_000;
const READY_LOOK_MS = 100;

export interface JwtAuthenticationOptions extends IssuerSurroundings {
  readonly flags: ApiServerOptions;
  readonly metrics: ConfigurationMetrics;
}

/** Takes ID tokens of the issuers that flags or a file name; the file is read again when it changes. */
export class JwtAuthentication implements TokenAuthenticator, Disposable {
  readonly #options: JwtAuthenticationOptions;
  readonly #stopping = new AbortController();
  readonly #timer: Disposable | undefined;
  readonly #anonymous: LoadedAuthentication['anonymous'];
  #issuers: IssuerSet;
  #union: UnionTokenAuthenticator;
  #contentHash: string | undefined;
  #fault: string | undefined;
  #taking: Promise<void> | undefined;

  /** @throws FlagError, ConfigurationFileError where flags or file are wrong. */
  constructor(options: JwtAuthenticationOptions) {
    this.#options = options;
    const { authenticationConfig: path } = options.flags;
    const flagged = this.#flaggedPlans();
    const loaded = path === undefined ? undefined : this.#load(path);
    this.#anonymous = loaded?.anonymous;
    this.#contentHash = loaded?.contentHash;
    if (this.#anonymous !== undefined && !options.flags.anonymousAuth)
      throw new FlagError([
        '--anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file',
      ]);
    this.#issuers = new IssuerSet(loaded === undefined ? flagged : plansOf(loaded), options);
    this.#union = new UnionTokenAuthenticator(this.#issuers.authenticators);
    if (path !== undefined) this.#timer = every(options.clock, LOOK_MS, () => this.#look(path));
  }

  /** To which paths requests without a credential are let in. */
  get anonymous(): boolean | ((path: string) => boolean) {
    if (this.#anonymous === undefined) return this.#options.flags.anonymousAuth;
    const { enabled = false, conditions = [] } = this.#anonymous;
    if (!enabled || conditions.length === 0) return enabled;
    const paths = new Set(conditions.map(({ path }) => path));
    return (path) => paths.has(path);
  }

  authenticateToken(token: string, audiences?: readonly string[]) {
    return this.#union.authenticateToken(token, audiences);
  }

  prepare(token: string): Promise<void> | undefined {
    return this.#union.prepare(token);
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#stopping.abort();
    this.#issuers[Symbol.dispose]();
  }

  #flaggedPlans(): IssuerPlan[] {
    const { flags } = this.#options;
    const flagged = issuerOfFlags(flags, flags.serviceAccountIssuer);
    if (flagged === undefined) return [];
    const { jwt, algorithms, caFile } = flagged;
    if (caFile === undefined) return [{ jwt, algorithms }];
    const readCa = () => readCaBundle(readFileSync(caFile, 'utf8'));
    readCa();
    return [{ jwt, algorithms, readCa }];
  }

  #load(path: string): LoadedAuthentication {
    return loadAuthenticationConfiguration(path, this.#options.flags.serviceAccountIssuer);
  }

  #look(path: string): void {
    if (this.#taking !== undefined) return;
    try {
      const loaded = this.#load(path);
      if (loaded.contentHash === this.#contentHash) {
        this.#fault = undefined;
        return;
      }
      this.#taking = this.#take(loaded).finally(() => {
        this.#taking = undefined;
      });
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Puts new issuers in place of the old once all of them have been reached: nobody is locked out meanwhile. */
  async #take(loaded: LoadedAuthentication): Promise<void> {
    const { logger, metrics } = this.#options;
    const issuers = new IssuerSet(plansOf(loaded), this.#options);
    try {
      await this.#untilReady(issuers);
    } catch (error) {
      issuers[Symbol.dispose]();
      if (!this.#stopping.signal.aborted) this.#failed(error);
      return;
    }
    this.#issuers[Symbol.dispose]();
    this.#issuers = issuers;
    this.#union = new UnionTokenAuthenticator(issuers.authenticators);
    this.#contentHash = loaded.contentHash;
    this.#fault = undefined;
    metrics.reloaded('success');
    logger.info({ issuers: loaded.jwt.length }, 'reloaded the authentication configuration');
  }

  async #untilReady(issuers: IssuerSet): Promise<void> {
    const { clock } = this.#options;
    const deadlineMs = clock.now().getTime() + READY_MS;
    while (issuers.fault !== undefined) {
      if (clock.now().getTime() > deadlineMs) throw issuers.fault;
      await sleep(READY_LOOK_MS, this.#stopping.signal, clock);
    }
  }

  #failed(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#options.metrics.reloaded('failure');
    if (why !== this.#fault)
      this.#options.logger.error(
        { why },
        'kept the authentication configuration as it was: the file cannot be used',
      );
    this.#fault = why;
  }
}

/** A file's issuers may sign by whichever algorithm upstream knows. */
function plansOf({ jwt }: LoadedAuthentication): IssuerPlan[] {
  return jwt.map((each) => ({ jwt: each, algorithms: SIGNING_ALGORITHMS }));
}
