import type { Authentication, TokenAuthenticator } from './authentication.ts';

/** Asks each in turn; the first that takes the token decides, otherwise the last refusal stands. */
export class UnionTokenAuthenticator implements TokenAuthenticator {
  readonly #authenticators: readonly TokenAuthenticator[];

  constructor(authenticators: readonly TokenAuthenticator[]) {
    this.#authenticators = authenticators;
  }

  authenticateToken(token: string, audiences?: readonly string[]): Authentication | undefined {
    let refusal: Authentication | undefined;
    for (const authenticator of this.#authenticators) {
      const outcome = authenticator.authenticateToken(token, audiences);
      if (outcome?.ok) return outcome;
      refusal = outcome ?? refusal;
    }
    return refusal;
  }

  prepare(token: string): Promise<void> | undefined {
    for (const authenticator of this.#authenticators) {
      const ready = authenticator.prepare?.(token);
      if (ready !== undefined) return ready;
    }
    return undefined;
  }
}
