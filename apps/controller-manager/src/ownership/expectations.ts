import type { Clock } from '@hawser/runtime';

/** So long a change that was asked for may take to show in the cache; then it is looked at without (`ExpectationsTimeout`). */
const TIMEOUT_MS = 5 * 60_000;

interface Expected {
  creations: number;
  readonly deletions: Set<string>;
  readonly sinceMs: number;
}

/**
 * What an owner's loop has asked for and its cache has not shown yet: until then the cache must not be believed, or too
 * many would be made (pkg/controller `UIDTrackingControllerExpectations`).
 */
export class Expectations {
  readonly #expected = new Map<string, Expected>();

  constructor(private readonly clock: Clock) {}

  /** Says, before asking, how many objects are to be made and which, by UID, are to go. */
  expect(
    owner: string,
    { creations = 0, deletions = [] }: { creations?: number; deletions?: string[] },
  ): void {
    const sinceMs = this.clock.now().getTime();
    this.#expected.set(owner, { creations, deletions: new Set(deletions), sinceMs });
  }

  /** One was made, or could not be. */
  creationObserved(owner: string): void {
    const expected = this.#expected.get(owner);
    if (expected !== undefined && expected.creations > 0) expected.creations -= 1;
  }

  /** One has gone, is going, or could not be deleted. */
  deletionObserved(owner: string, uid: string): void {
    this.#expected.get(owner)?.deletions.delete(uid);
  }

  /** Whether the cache shows all that was asked for, or has had time enough. */
  satisfied(owner: string): boolean {
    const expected = this.#expected.get(owner);
    if (expected === undefined) return true;
    if (expected.creations === 0 && expected.deletions.size === 0) return true;
    return this.clock.now().getTime() - expected.sinceMs > TIMEOUT_MS;
  }

  forget(owner: string): void {
    this.#expected.delete(owner);
  }
}
