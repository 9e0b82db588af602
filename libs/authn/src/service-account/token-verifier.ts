import { type Rejected, rejected } from '../authentication.ts';
import { decodeToken, isSignedByOneOf } from './json-web-token.ts';
import type { TokenVerificationKey } from './token-key.ts';
import { VerifiedTokenCache } from './verified-token-cache.ts';

export interface TokenVerifierOptions<T> {
  /** All that are trusted; another array once they change. */
  readonly keys: () => readonly TokenVerificationKey[];
  readonly issuers: readonly string[];
  /** What verified claims say; why they say nothing of use. */
  readonly read: (claims: Readonly<Record<string, unknown>>) => T | Rejected;
  /** How many verified tokens are remembered. */
  readonly cacheSize?: number;
}

/** Checks the signatures of JSON Web Tokens, each token's once for as long as the keys stay the same. */
export class TokenVerifier<T extends object> {
  readonly #options: TokenVerifierOptions<T>;
  #keys: readonly TokenVerificationKey[] = [];
  #verified: VerifiedTokenCache<T>;

  constructor(options: TokenVerifierOptions<T>) {
    this.#options = options;
    this.#verified = this.#emptyCache();
  }

  /** What never changes about a token. Undefined when another issuer made it, or it is no JWT. */
  verify(token: string): T | Rejected | undefined {
    const keys = this.#options.keys();
    if (keys !== this.#keys) {
      // What a key vouched for that is no longer trusted is not, either.
      this.#keys = keys;
      this.#verified = this.#emptyCache();
    }
    const known = this.#verified.get(token);
    if (known !== undefined) return known;
    const verified = this.#verify(token, keys);
    if (verified !== undefined && !isRejected(verified)) this.#verified.set(token, verified);
    return verified;
  }

  #verify(token: string, keys: readonly TokenVerificationKey[]): T | Rejected | undefined {
    const decoded = decodeToken(token);
    const issuer = decoded?.claims['iss'];
    if (decoded === undefined || typeof issuer !== 'string' || !this.#options.issuers.includes(issuer))
      return undefined;
    if (!isSignedByOneOf(decoded, keys)) return rejected('token is not signed by a known key');
    return this.#options.read(decoded.claims);
  }

  #emptyCache(): VerifiedTokenCache<T> {
    return new VerifiedTokenCache(this.#options.cacheSize ?? 4096);
  }
}

export function isRejected<T extends object>(outcome: T | Rejected): outcome is Rejected {
  return 'ok' in outcome && outcome.ok === false;
}
