import type { CertificateSigningRequest } from '@hawser/api';

/** What can become of a certificate request. */
export type Outcome = 'approved' | 'denied' | 'signed' | 'failed';

/** Makes a write that decides on a request, and remembers whose it was. Rejects as the write does. */
export type Decide = <T>(
  csr: CertificateSigningRequest,
  outcome: Outcome,
  write: () => Promise<T>,
) => Promise<T>;

/** More are not remembered, in case that nobody asks: the oldest are forgotten. */
const MAX_REMEMBERED = 10_000;

/**
 * Which decisions on certificate requests are this process's own. A condition says what was decided, not by whom; who
 * made it knows, and nobody else but the hub's audit trail.
 */
export class OwnDecisions {
  readonly #authors = new Map<string, Promise<string | undefined>>();

  /** @param username as whom the hub knows the loop that decides. */
  by(username: string): Decide {
    return (csr, outcome, write) => {
      const writing = write();
      const author = writing.then(
        () => username,
        () => undefined,
      );
      this.#authors.set(keyOf(csr.metadata.uid, outcome), author);
      const [oldest] = this.#authors.keys();
      if (this.#authors.size > MAX_REMEMBERED && oldest !== undefined) this.#authors.delete(oldest);
      return writing;
    };
  }

  /**
   * Who of this process decided; undefined when it was somebody else. What is seen of a decision may be faster than
   * the answer to who made it: that is waited for.
   */
  async authorOf(uid: string | undefined, outcome: Outcome): Promise<string | undefined> {
    return await this.#authors.get(keyOf(uid, outcome));
  }

  forget(uid: string | undefined): void {
    for (const outcome of ['approved', 'denied', 'signed', 'failed'] as const)
      this.#authors.delete(keyOf(uid, outcome));
  }
}

const keyOf = (uid: string | undefined, outcome: Outcome): string => `${uid}:${outcome}`;
