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
  token: string;
  podUid: string;
  issuedAtMs: number;
  expiresAtMs: number;
}

/** As upstream's token manager: new ones after 80 percent of the lifetime, and after a day at the latest. */
const RENEW_AFTER_SHARE = 0.8;
const RENEW_AFTER_MS = 24 * 3_600_000;

/** Tokens by TokenRequest, kept until they are due for renewal. */
export class RequestedServiceAccountTokens implements ServiceAccountTokens {
  readonly #held = new Map<string, Held>();

  constructor(
    private readonly client: KubeClient,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async token(pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<string> {
    const { uid, namespace } = pod.metadata;
    const account = pod.spec?.serviceAccountName || 'default';
    const key = [uid, account, audience ?? '', expirationSeconds].join('/');
    const held = this.#held.get(key);
    if (held && !this.#isDue(held)) return held.token;
    try {
      const fresh = await this.#request(pod, namespace!, account, audience, expirationSeconds);
      this.#held.set(key, fresh);
      return fresh.token;
    } catch (error) {
      if (held === undefined || held.expiresAtMs <= this.clock.now().getTime()) throw error;
      this.logger.warn({ error, pod: pod.metadata.name, namespace }, 'service account token not renewed yet');
      return held.token;
    }
  }

  forget(podUid: string): void {
    for (const [key, held] of this.#held) if (held.podUid === podUid) this.#held.delete(key);
  }

  #isDue({ issuedAtMs, expiresAtMs }: Held): boolean {
    const ageMs = this.clock.now().getTime() - issuedAtMs;
    return ageMs > RENEW_AFTER_MS || ageMs > (expiresAtMs - issuedAtMs) * RENEW_AFTER_SHARE;
  }

  async #request(
    pod: Pod,
    namespace: string,
    account: string,
    audience: string | undefined,
    expirationSeconds: number,
  ): Promise<Held> {
    const { name, uid } = pod.metadata;
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
    const { status } = await this.client.create(serviceAccounts, request, target);
    if (!status?.token) throw new Error(`no token was issued for service account ${namespace}/${account}`);
    const issuedAtMs = this.clock.now().getTime();
    return {
      token: status.token,
      podUid: uid!,
      issuedAtMs,
      expiresAtMs: new Date(status.expirationTimestamp ?? 0).getTime(),
    };
  }
}
