import { createHash } from 'node:crypto';

/**
 * What verified tokens say, so that a token's signature is checked once and not with every request. Keyed by
 * the token's SHA-256, so that no bearer token lies about in memory; bounded, the least recently used goes.
 */
export class VerifiedTokenCache<T> {
  readonly #entries = new Map<string, T>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(token: string): T | undefined {
    const key = digest(token);
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    // A Map keeps the order of insertion: what was used last stands last.
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  /** For tokens that were verified: were bad ones kept, a flood of them would push the good ones out. */
  set(token: string, value: T): void {
    this.#entries.set(digest(token), value);
    if (this.#entries.size > this.#capacity) this.#entries.delete(this.#entries.keys().next().value!);
  }
}

const digest = (token: string): string => createHash('sha256').update(token).digest('base64');
