import type { Clock } from '@hawser/runtime';

interface Kept {
  readonly endpoint: string;
  atMs: number;
}

/** Which endpoint each client is to keep, by their addresses; who has been away for long enough is forgotten. */
export class AffinityTable {
  /** In order of their last use. */
  readonly #kept = new Map<string, Kept>();

  constructor(private readonly clock: Clock) {}

  /** The endpoint that a client had within the last `seconds`. */
  find(client: string, seconds: number): string | undefined {
    this.#forget(seconds);
    return this.#kept.get(client)?.endpoint;
  }

  /** A client has this endpoint now. */
  keep(client: string, endpoint: string): void {
    this.#kept.delete(client);
    this.#kept.set(client, { endpoint, atMs: this.clock.now().getTime() });
  }

  /** Forgets the clients of endpoints that are not among these. */
  retain(endpoints: ReadonlySet<string>): void {
    for (const [client, { endpoint }] of this.#kept) if (!endpoints.has(endpoint)) this.#kept.delete(client);
  }

  #forget(seconds: number): void {
    const untilMs = this.clock.now().getTime() - seconds * 1_000;
    for (const [client, { atMs }] of this.#kept) {
      if (atMs > untilMs) return;
      this.#kept.delete(client);
    }
  }
}
