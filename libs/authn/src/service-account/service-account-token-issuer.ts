import { randomUUID } from 'node:crypto';
import type { Clock } from '@hawser/runtime';
import { signToken } from './json-web-token.ts';
import type { BoundReference, ServiceAccountClaims } from './service-account-claims.ts';
import { serviceAccountUser } from './service-account-name.ts';
import type { TokenSigningKey } from './token-key.ts';

export interface TokenOrder {
  readonly namespace: string;
  readonly serviceAccount: BoundReference;
  /** Binds the token to this pod's life. */
  readonly pod?: BoundReference;
  /** Beside a pod only told; alone, binds the token to this node's life. */
  readonly node?: BoundReference;
  /** Binds the token to this Secret's life. */
  readonly secret?: BoundReference;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  /** Using the token later than this is noted in the audit log. */
  readonly warnAfterSeconds?: number;
}

export interface IssuedToken {
  readonly token: string;
  readonly expirationTimestamp: Date;
  /** `JTI=…`: ties the audit event of issuing to those of using. */
  readonly credentialId: string;
}

/** Signs service account tokens with the claims of upstream's TokenRequest API. */
export class ServiceAccountTokenIssuer {
  readonly #issuer: string;
  readonly #key: () => TokenSigningKey;
  readonly #clock: Clock;

  /** @param options `key`: the one that signs at the moment. */
  constructor(options: {
    readonly issuer: string;
    readonly key: () => TokenSigningKey;
    readonly clock: Clock;
  }) {
    this.#issuer = options.issuer;
    this.#key = options.key;
    this.#clock = options.clock;
  }

  /** Whether the account and the objects exist, and may be bound, is the caller's affair. */
  issue(order: TokenOrder): IssuedToken {
    const now = Math.floor(this.#clock.now().getTime() / 1000);
    const jti = randomUUID();
    const claims: ServiceAccountClaims = {
      aud: order.audiences,
      exp: now + order.expirationSeconds,
      iat: now,
      iss: this.#issuer,
      jti,
      'kubernetes.io': boundClaims(order, now),
      nbf: now,
      sub: serviceAccountUser(order.namespace, order.serviceAccount.name),
    };
    return {
      token: signToken(this.#key(), claims),
      expirationTimestamp: new Date(claims.exp * 1000),
      credentialId: credentialIdOf(jti),
    };
  }
}

export const credentialIdOf = (jti: string): string => `JTI=${jti}`;

function boundClaims(order: TokenOrder, now: number): ServiceAccountClaims['kubernetes.io'] {
  const { namespace, node, pod, secret, serviceAccount, warnAfterSeconds } = order;
  const warnafter = warnAfterSeconds === undefined ? undefined : now + warnAfterSeconds;
  return { namespace, node, pod, secret, serviceaccount: serviceAccount, warnafter };
}
