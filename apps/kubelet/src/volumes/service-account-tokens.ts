import { type Pod, serviceAccounts, type TokenRequest } from '@hawser/api';
import type { KubeClient } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';

/** Gives tokens of pods' service accounts. */
export interface ServiceAccountTokens {
  /** A token bound to the pod; no older than its renewal time. */
  token(pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<string>;
  forget(podUid: string): void;
}

interface Held {
  readonly token: string;
  readonly podUid: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export interface TokenSourceOptions {
  readonly client: Pick<KubeClient, 'create'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/** As upstream's token manager: new ones after 80 percent of the lifetime, and after a day at the latest. */
const RENEW_AFTER_SHARE = 0.8;
const RENEW_AFTER_MS = 24 * 3_600_000;
/** So much earlier, or less: not all pods of a node at once. */
const MAX_JITTER_MS = 10_000;

/**
 * Tokens by TokenRequest, kept until they are due for renewal. While there is no new one the last stays in use, for as
 * long as it lives (kubernetes/pkg/kubelet/token).
 */
export class RequestedServiceAccountTokens implements ServiceAccountTokens {
  readonly #held = new Map<string, Held>();
  readonly #options: TokenSourceOptions;

  constructor(options: TokenSourceOptions) {
    this.#options = options;
  }

  /** @throws Error where there is none, or none any more that lives. */
  async token(pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<string> {
    const { uid, namespace = '', name } = pod.metadata;
    const account = pod.spec?.serviceAccountName || 'default';
    const key = [uid, account, audience ?? '', expirationSeconds].join('/');
    const held = this.#held.get(key);
    if (held !== undefined && !this.#isDue(held)) return held.token;
    try {
      const fresh = await this.#request(pod, account, audience, expirationSeconds);
      this.#held.set(key, fresh);
      return fresh.token;
    } catch (error) {
      const { message } = error as Error;
      if (held === undefined) throw new Error(`failed to fetch token: ${message}`, { cause: error });
      if (held.expiresAtMs < this.#nowMs)
        throw new Error(`token of ${namespace}/${account} expired and refresh failed: ${message}`, {
          cause: error,
        });
      this.#options.logger.warn({ error, pod: name, namespace }, 'service account token not renewed yet');
      return held.token;
    }
  }

  forget(podUid: string): void {
    for (const [key, held] of this.#held) if (held.podUid === podUid) this.#held.delete(key);
  }

  /** A token from the future is due as well: the clock was set back, and nobody knows how long it lives. */
  #isDue({ issuedAtMs, expiresAtMs }: Held): boolean {
    const { random = Math.random } = this.#options;
    const ageMs = this.#nowMs - issuedAtMs;
    const lifeMs = expiresAtMs - issuedAtMs;
    const jitterMs = random() * MAX_JITTER_MS;
    return ageMs < 0 || ageMs > Math.min(RENEW_AFTER_MS, lifeMs * RENEW_AFTER_SHARE) - jitterMs;
  }

  async #request(
    pod: Pod,
    account: string,
    audience: string | undefined,
    expirationSeconds: number,
  ): Promise<Held> {
    const { name, namespace, uid = '' } = pod.metadata;
    const request: Pick<TokenRequest, 'apiVersion' | 'kind' | 'spec'> & Partial<TokenRequest> = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        audiences: audience ? [audience] : [],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    };
    const target = { namespace, subresource: { name: 'token', of: account } };
    const { spec, status } = await this.#options.client.create(serviceAccounts, request, target);
    const { token, expirationTimestamp } = status ?? {};
    if (!token || !expirationTimestamp)
      throw new Error(`no token was issued for service account ${namespace}/${account}`);
    const expiresAtMs = Date.parse(expirationTimestamp);
    // The server may have shortened it.
    const issuedAtMs = expiresAtMs - (spec?.expirationSeconds ?? expirationSeconds) * 1000;
    return { token, podUid: uid, issuedAtMs, expiresAtMs };
  }

  get #nowMs(): number {
    return this.#options.clock.now().getTime();
  }
}
