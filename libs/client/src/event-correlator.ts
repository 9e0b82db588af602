import type { Clock } from '@hawser/runtime';

/** What an event says, apart from when. */
export interface EventFacts {
  readonly source: string;
  readonly subject: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** What is to be done with an event: write a new one, or count up one that exists. */
export interface EventVerdict {
  readonly message: string;
  readonly entry: EventEntry;
}

/** What is remembered of one event object on the server. */
export interface EventEntry {
  name?: string;
  count: number;
  firstTimestamp: string;
}

// The numbers of client-go's `record.NewEventCorrelator`.
const CACHE_SIZE = 4096;
const SIMILAR_LIMIT = 10;
const SIMILAR_WINDOW_MS = 600_000;
const SPAM_BURST = 25;
const SPAM_REFILL_MS = 300_000;

/**
 * Keeps a stream of events from flooding the server, as client-go's correlator: the same event again is counted up;
 * the tenth variation of one reason within ten minutes becomes a combined event; beyond a burst of 25 an object's
 * events are dropped but for one every five minutes.
 */
export class EventCorrelator {
  readonly #seen = new Map<string, EventEntry>();
  readonly #similar = new Map<string, { messages: Set<string>; lastMs: number }>();
  readonly #spam = new Map<string, { tokens: number; atMs: number }>();

  constructor(private readonly clock: Clock) {}

  /** @returns undefined when the event is to be dropped. */
  correlate(facts: EventFacts): EventVerdict | undefined {
    const { source, subject, type, reason } = facts;
    if (!this.#takeToken(`${source}\n${subject}`)) return undefined;
    const group = [source, subject, type, reason].join('\n');
    const combined = this.#isCombined(group, facts.message);
    const message = combined ? `(combined from similar events): ${facts.message}` : facts.message;
    const key = combined ? group : `${group}\n${message}`;
    const known = this.#seen.get(key);
    if (known) {
      known.count += 1;
      return { message, entry: known };
    }
    const entry = { count: 1, firstTimestamp: timestamp(this.clock.now()) };
    remember(this.#seen, key, entry);
    return { message, entry };
  }

  #takeToken(key: string): boolean {
    const nowMs = this.clock.now().getTime();
    const bucket = this.#spam.get(key) ?? { tokens: SPAM_BURST, atMs: nowMs };
    bucket.tokens = Math.min(SPAM_BURST, bucket.tokens + (nowMs - bucket.atMs) / SPAM_REFILL_MS);
    bucket.atMs = nowMs;
    remember(this.#spam, key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  #isCombined(group: string, message: string): boolean {
    const nowMs = this.clock.now().getTime();
    const record = this.#similar.get(group);
    if (!record || nowMs - record.lastMs > SIMILAR_WINDOW_MS) {
      remember(this.#similar, group, { messages: new Set([message]), lastMs: nowMs });
      return false;
    }
    record.messages.add(message);
    record.lastMs = nowMs;
    if (record.messages.size < SIMILAR_LIMIT) return false;
    // One is let go, so that the set does not grow, and the next new message is over the limit again.
    record.messages.delete(record.messages.values().next().value!);
    return true;
  }
}

/** Puts an entry last, and drops the oldest when there are too many. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > CACHE_SIZE) map.delete(map.keys().next().value!);
}

/** RFC 3339 with seconds, as `metav1.Time`. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
