import { createHash } from 'node:crypto';
import tls, { type SecureContext } from 'node:tls';
import { type Clock, systemClock } from '@hawser/runtime';

/** Who verifies whom, in PEM. */
export interface TlsMaterial {
  /** The CAs of which one must vouch for the peer. There is no way to leave it out. */
  readonly ca: string | Buffer;
  /** Our own certificate and key, where the peer asks who we are. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

/** After so long the peer is verified anew: a resumed handshake does not look at its certificate. */
const SESSION_LIFE_MS = 600_000;

interface Session {
  readonly bytes: Buffer;
  /** When a certificate was last looked at. */
  readonly verifiedAtMs: number;
}

/**
 * What handshakes with one peer need not do again after the first: parse the PEM texts, and, by resumption, verify
 * certificates. Other material forgets all of it.
 */
export class TlsMemory {
  readonly #clock: Clock;
  #digest = '';
  #context: SecureContext | undefined;
  #session: Session | undefined;

  constructor({ clock = systemClock }: { clock?: Clock } = {}) {
    this.#clock = clock;
  }

  /** @throws Error where the material cannot be read. */
  contextOf({ ca, cert, key }: TlsMaterial): SecureContext {
    const digest = digestOf([ca, cert, key]);
    if (this.#context === undefined || digest !== this.#digest) {
      this.#session = undefined;
      this.#context = tls.createSecureContext({ ca, cert, key, minVersion: 'TLSv1.2' });
      this.#digest = digest;
    }
    return this.#context;
  }

  /** A session with a peer that this material verified a short time ago. */
  sessionFor({ ca, cert, key }: TlsMaterial): Buffer | undefined {
    if (this.#session === undefined || digestOf([ca, cert, key]) !== this.#digest) return undefined;
    const ageMs = this.#nowMs - this.#session.verifiedAtMs;
    return ageMs >= 0 && ageMs < SESSION_LIFE_MS ? this.#session.bytes : undefined;
  }

  /**
   * Takes a session with a peer that this material has verified.
   * @param resumed whether it was verified when an earlier session was made.
   */
  keep({ ca, cert, key }: TlsMaterial, bytes: Buffer, resumed: boolean): void {
    if (digestOf([ca, cert, key]) !== this.#digest) return;
    const verifiedAtMs = resumed ? this.#session?.verifiedAtMs : this.#nowMs;
    if (verifiedAtMs !== undefined) this.#session = { bytes, verifiedAtMs };
  }

  get #nowMs(): number {
    return this.#clock.now().getTime();
  }
}

function digestOf(parts: readonly (string | Buffer | undefined)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part?.length ?? 'none'}:`).update(part ?? '');
  return hash.digest('base64');
}
