import { serviceAccounts, type TokenRequest } from '@hawser/api';
import {
  type CredentialSource,
  isAlreadyExists,
  isNotFound,
  type KubeClient,
  type TlsIdentity,
} from '@hawser/client';
import type { Clock } from '@hawser/runtime';

/** Lifetime asked for; the server may grant another. */
const LIFETIME_SECONDS = 3600;
/** A token is replaced when this share of its life is over. */
const REFRESH_AT = 0.8;

interface Token {
  readonly value: string;
  readonly refreshAtMs: number;
  readonly expiresAtMs: number;
}

export interface ServiceAccountCredentialsOptions {
  /** Makes the account and asks for its tokens. */
  readonly base: KubeClient;
  /** Whose trust in the server is shared. */
  readonly baseCredentials: CredentialSource;
  readonly namespace: string;
  readonly name: string;
  readonly clock: Clock;
}

/**
 * Acts as a service account: makes it if it is missing, gets a token by TokenRequest and a new one well before that
 * expires. What upstream's controller manager does under --use-service-account-credentials.
 */
export class ServiceAccountCredentials implements CredentialSource {
  #identity: { readonly ca: string | undefined; readonly tls: TlsIdentity } | undefined;
  #token: Token | undefined;
  #fetching: Promise<Token> | undefined;

  constructor(private readonly options: ServiceAccountCredentialsOptions) {}

  /** The base identity's trust, without its certificate: the token alone says who acts. */
  tls(): TlsIdentity {
    const { ca, insecure } = this.options.baseCredentials.tls();
    if (!this.#identity || this.#identity.ca !== ca) this.#identity = { ca, tls: { ca, insecure } };
    return this.#identity.tls;
  }

  /** @throws whatever the server answers to the TokenRequest, unless the last token is still good. */
  async token(): Promise<string> {
    const nowMs = this.options.clock.now().getTime();
    const current = this.#token;
    if (current && nowMs < current.refreshAtMs) return current.value;
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    try {
      this.#token = await this.#fetching;
    } catch (error) {
      if (current && current === this.#token && nowMs < current.expiresAtMs) return current.value;
      throw error;
    }
    return this.#token.value;
  }

  reload(): void {
    this.#token = undefined;
  }

  async #fetch(): Promise<Token> {
    try {
      return await this.#request();
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.#createAccount();
      return await this.#request();
    }
  }

  async #request(): Promise<Token> {
    const { base, namespace, name, clock } = this.options;
    const request: TokenRequest = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [], expirationSeconds: LIFETIME_SECONDS },
    };
    const askedAtMs = clock.now().getTime();
    const where = { namespace, subresource: { name: 'token', of: name } };
    const { status } = await base.create(serviceAccounts, request, where);
    if (!status?.token || !status.expirationTimestamp)
      throw new Error('the TokenRequest was answered without a token');
    const expiresAtMs = Date.parse(status.expirationTimestamp);
    const refreshAtMs = askedAtMs + (expiresAtMs - askedAtMs) * REFRESH_AT;
    return { value: status.token, refreshAtMs, expiresAtMs };
  }

  async #createAccount(): Promise<void> {
    const { base, namespace, name } = this.options;
    try {
      await base.create(serviceAccounts, { metadata: { name, namespace } });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
}
