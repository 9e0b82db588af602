import { type Clock, sleep } from '@hawser/runtime';
import { withAuthenticatedGroup } from '../authenticated-group.ts';
import { type Authentication, rejected, type TokenAuthenticator } from '../authentication.ts';
import { CREDENTIAL_ID } from '../extra-keys.ts';
import { type DecodedToken, decodeToken } from '../service-account/json-web-token.ts';
import { credentialIdOf } from '../service-account/service-account-token-issuer.ts';
import { ClaimError, type Claims } from './claims.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import type { JsonWebKey } from './json-web-key.ts';
import { identityOfClaims, type JwtRules } from './jwt-rules.ts';
import { fits, isSignedBy, isSigningAlgorithm, type SigningAlgorithm } from './signing-algorithms.ts';

export interface JwtAuthenticatorOptions {
  readonly issuer: string;
  /** A token must be for at least one of them. */
  readonly audiences: readonly string[];
  readonly algorithms: readonly SigningAlgorithm[];
  readonly keys: Pick<IssuerKeys, 'current' | 'refresh'>;
  readonly rules: JwtRules;
  /** Those of the API server: the tokens of an issuer are for all of them, as upstream has it. */
  readonly apiAudiences: readonly string[];
  readonly clock: Clock;
}

/** So far a token may be from the future: an issuer's clock is not ours (go-oidc). */
const NOT_BEFORE_LEEWAY_SECONDS = 300;

/** So long a request waits for the key that its token names. */
const MAX_WAIT_MS = 5_000;

/**
 * ID tokens of one OpenID Connect issuer (apiserver/plugin/pkg/authenticator/token/oidc). Which keys verify, and by
 * which algorithms, is said by the configuration and by the issuer, over TLS; a token only chooses among them.
 */
export class JwtAuthenticator implements TokenAuthenticator {
  readonly #options: JwtAuthenticatorOptions;

  constructor(options: JwtAuthenticatorOptions) {
    this.#options = options;
  }

  prepare(token: string): Promise<void> | undefined {
    const { keys } = this.#options;
    const decoded = this.#ours(token);
    if (decoded === undefined || keys.current === undefined) return undefined;
    const { kid } = decoded.header;
    const isKnown = keys.current.some(({ keyId }) => kid === undefined || kid === keyId);
    const refreshing = isKnown || !this.#allows(decoded) ? undefined : keys.refresh();
    return refreshing && this.#atMost(refreshing);
  }

  authenticateToken(token: string, audiences = this.#options.apiAudiences): Authentication | undefined {
    const decoded = this.#ours(token);
    if (decoded === undefined) return undefined;
    const common = this.#options.apiAudiences.filter((audience) => audiences.includes(audience));
    if (common.length === 0) return rejected('token is for another audience');
    const fault = this.#fault(decoded);
    if (fault !== undefined) return rejected(fault);
    try {
      const { name, uid, groups, extra } = identityOfClaims(this.#options.rules, decoded.claims);
      const identity = {
        name,
        ...(uid === undefined ? {} : { uid }),
        groups: withAuthenticatedGroup(name, groups),
        extra: { ...credentialOf(decoded.claims), ...extra },
      };
      return { ok: true, identity, audiences: common };
    } catch (error) {
      if (error instanceof ClaimError) return rejected(error.message);
      throw error;
    }
  }

  /** Strangers, who can make up names of keys, are not to keep requests waiting while an issuer does not answer. */
  async #atMost(refreshing: Promise<void>): Promise<void> {
    const settled = new AbortController();
    const late = sleep(MAX_WAIT_MS, settled.signal, this.#options.clock).catch(() => {});
    await Promise.race([refreshing, late]);
    settled.abort();
  }

  /** What says that it is this issuer's, taken apart. */
  #ours(token: string): DecodedToken | undefined {
    const decoded = decodeToken(token);
    return decoded?.claims['iss'] === this.#options.issuer ? decoded : undefined;
  }

  /** Why a token cannot be believed. */
  #fault(token: DecodedToken): string | undefined {
    const { keys } = this.#options;
    if (keys.current === undefined) return 'oidc: authenticator not initialized';
    if (!this.#allows(token)) return 'oidc: verify token: oidc: id token signed with unsupported algorithm';
    // Extensions that must be understood are not.
    if (token.header['crit'] !== undefined) return 'oidc: verify token: the token has critical extensions';
    if (!isSigned(token, keys.current))
      return 'oidc: verify token: failed to verify signature: failed to verify id token signature';
    return this.#audienceFault(token.claims) ?? this.#timeFault(token.claims);
  }

  #allows({ header }: DecodedToken): boolean {
    return isSigningAlgorithm(header['alg']) && this.#options.algorithms.includes(header['alg']);
  }

  #audienceFault({ aud }: Claims): string | undefined {
    const given = typeof aud === 'string' ? [aud] : Array.isArray(aud) ? aud : [];
    if (this.#options.audiences.some((audience) => given.includes(audience))) return undefined;
    return 'oidc: verify token: oidc: the token is for another audience';
  }

  #timeFault({ exp, nbf }: Claims): string | undefined {
    const now = this.#options.clock.now().getTime() / 1000;
    if (typeof exp !== 'number' || !(exp > now)) return 'oidc: verify token: oidc: token is expired';
    if (nbf === undefined) return undefined;
    if (typeof nbf !== 'number' || !(nbf <= now + NOT_BEFORE_LEEWAY_SECONDS))
      return 'oidc: verify token: oidc: current time is before the nbf (not before) time';
    return undefined;
  }
}

/** A token that names its key is tried with that one alone. */
function isSigned({ header, signedPart, signature }: DecodedToken, keys: readonly JsonWebKey[]): boolean {
  const algorithm = header['alg'] as SigningAlgorithm;
  return keys.some(
    (key) =>
      (header['kid'] === undefined || header['kid'] === key.keyId) &&
      (key.algorithm === undefined || key.algorithm === algorithm) &&
      fits(key.publicKey, algorithm) &&
      isSignedBy(key.publicKey, algorithm, signedPart, signature),
  );
}

function credentialOf({ jti }: Claims): Record<string, readonly string[]> {
  return typeof jti === 'string' && jti !== '' ? { [CREDENTIAL_ID]: [credentialIdOf(jti)] } : {};
}
