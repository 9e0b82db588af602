import type { Identity } from './identity.ts';

/** A credential that holds. */
export interface Authenticated {
  readonly ok: true;
  readonly identity: Identity;
  /** Which of the audiences asked for the credential is good for; absent where it knows none. */
  readonly audiences?: readonly string[];
  /** For the audit event of the request. */
  readonly auditAnnotations?: Readonly<Record<string, string>>;
  /** For `Warning` headers. */
  readonly warnings?: readonly string[];
}

/** A credential that does not hold: the request is a 401, even where anonymous ones are let in. */
export interface Rejected {
  readonly ok: false;
  /** For the log, and for who asks by TokenReview; the client learns nothing but the 401. */
  readonly reason: string;
  /** For the audit event of the request. */
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

export type Authentication = Authenticated | Rejected;

/** Something that knows one kind of bearer token. */
export interface TokenAuthenticator {
  /**
   * @param audiences for whom the caller takes the token to be; the API server's own if absent.
   * @returns undefined when the token is not of the kind it knows.
   */
  authenticateToken(token: string, audiences?: readonly string[]): Authentication | undefined;

  /**
   * Fetches what it lacks to tell about a token, such as a key of its issuer. Called before; whoever has no time to
   * wait goes without.
   * @returns undefined where it lacks nothing, which is nearly always; never rejects.
   */
  prepare?(token: string): Promise<void> | undefined;
}

export const rejected = (reason: string): Rejected => ({ ok: false, reason });
