import type { OutboxRecord, Store } from '@hawser/storage';

const PREFIX = '/certificates/';
/** Superseded rows are dropped after so many removals. */
const COMPACT_EVERY = 1_000;

/** What is remembered of a decision that was recorded. */
export interface RecordedDecision {
  /** Whose it was, if that was known. */
  readonly by?: string | undefined;
}

/**
 * Which events there have been, on disk: an event and the note that it has been come into the store in one step, so
 * that each is recorded once, whenever the process ends.
 */
export class EventLedger {
  readonly #store: Store;
  #removals = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** What was noted of an object's event; undefined when there was none. */
  async recall(uid: string, what: string): Promise<RecordedDecision | undefined> {
    const noted = await this.#store.get(keyOf(uid, what));
    return noted && (JSON.parse(Buffer.from(noted.value).toString('utf8')) as RecordedDecision);
  }

  /** Records an event, unless it has been recorded. Resolves, with whether it was new, when it is durable. */
  async record(
    uid: string,
    what: string,
    decision: RecordedDecision,
    record: OutboxRecord,
  ): Promise<boolean> {
    const value = Buffer.from(JSON.stringify(decision));
    const write = { key: keyOf(uid, what), value, expectedRevision: 0 };
    return (await this.#store.commit(write, () => [record])).committed;
  }

  /** The objects that something is noted of. */
  async uids(): Promise<Set<string>> {
    const { values } = await this.#store.list({ prefix: PREFIX });
    return new Set(values.map(({ key }) => key.slice(PREFIX.length).split('/')[0]!));
  }

  /** Forgets an object that is gone for good. */
  async forget(uid: string): Promise<void> {
    const { values } = await this.#store.list({ prefix: `${PREFIX}${uid}/` });
    for (const { key, revision } of values)
      await this.#store.commit({ key, value: null, expectedRevision: revision });
    this.#removals += values.length;
    if (this.#removals < COMPACT_EVERY) return;
    this.#removals = 0;
    await this.#store.compact(await this.#store.currentRevision());
  }
}

const keyOf = (uid: string, what: string): string => `${PREFIX}${uid}/${what}`;
