import type { Clock } from '@hawser/runtime';
import type { Classification } from './classify.ts';
import type { FlowMetrics } from './flow-metrics.ts';
import { LevelQueue } from './level-queue.ts';
import { PRIORITY_LEVELS, type PriorityLevel, type PriorityLevelName } from './priority-levels.ts';
import { Seats } from './seats.ts';
import { TooManyRequestsError } from './too-many-requests-error.ts';

/** So long requests are begun as they come; those that come later before the loop has gone round have to wait. */
const TURN_MS = 4;

/** So long those who waited are begun one after another before the sockets are looked at again. */
const CATCHING_UP_MS = 2;

interface Waiting {
  readonly classification: Classification;
  readonly sinceMs: number;
  readonly begin: (seat: Seat) => void;
}

interface Level extends PriorityLevel {
  readonly name: PriorityLevelName;
  readonly queue: LevelQueue<Waiting>;
  /** Grows with each that waited and was begun, the slower the more shares it has; the least is next. */
  pass: number;
}

/** Leave to handle one request; disposing of it twice is no harm. */
export type Seat = Disposable;

export interface FlowControllerOptions {
  /** Of all levels together. 0 means no limit. */
  readonly seats: number;
  /** A request that has waited longer is refused. */
  readonly maxWaitMs: number;
  readonly clock: Clock;
  readonly metrics: FlowMetrics;
}

/**
 * Who is served next, after the manner of API Priority and Fairness (docs/decisions/0015). JavaScript runs one
 * piece of work at a time, so a seat alone would not do: of two hundred requests that arrive together each would
 * begin as it is read, and the last would wait for all the others. So requests are begun as they come for a few
 * milliseconds only. The rest wait in their levels' queues and are begun one at a time, between looks at the
 * sockets, so that what is urgent overtakes what is much.
 */
export class FlowController {
  readonly #options: FlowControllerOptions;
  readonly #seats: Seats;
  readonly #levels = new Map<PriorityLevelName, Level>();
  #waiting = 0;
  #pass = 0;
  /** When the present turn began; undefined between turns. */
  #turnMs: number | undefined;
  #pumping = false;

  constructor(options: FlowControllerOptions) {
    this.#options = options;
    this.#seats = new Seats(options.seats === 0 ? Number.MAX_SAFE_INTEGER : options.seats);
    for (const level of PRIORITY_LEVELS)
      this.#levels.set(level.name, { ...level, queue: new LevelQueue(), pass: 0 });
    for (const { name } of PRIORITY_LEVELS) options.metrics.limit(name, this.#seats.nominal(name));
  }

  /**
   * @param signal aborts when nobody waits for the answer any more.
   * @returns a seat, at once or when its turn comes.
   * @throws TooManyRequestsError where the queue is full or the wait too long.
   */
  admit(classification: Classification, signal: AbortSignal): Seat | Promise<Seat> {
    const { priorityLevel } = classification;
    // Who has gone, or was told that it took too long, while its body was read: what it asked for is not done.
    if (signal.aborted) return Promise.reject(this.#refusal(classification, 'cancelled', 0));
    if (priorityLevel === 'exempt') return this.#begin(classification, performance.now());
    const level = this.#levels.get(priorityLevel)!;
    const mayBegin = level.urgent ? level.queue.length === 0 : this.#waiting === 0 && this.#inTurn();
    if (mayBegin && this.#seats.isFree(priorityLevel)) return this.#begin(classification, performance.now());
    return this.#wait(level, classification, signal);
  }

  #inTurn(): boolean {
    const now = performance.now();
    if (this.#turnMs === undefined) {
      this.#turnMs = now;
      setImmediate(() => {
        this.#turnMs = undefined;
      });
    }
    return now - this.#turnMs < TURN_MS;
  }

  async #wait(level: Level, classification: Classification, signal: AbortSignal): Promise<Seat> {
    const { clock, maxWaitMs, metrics } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<Seat>();
    const waiting: Waiting = { classification, sinceMs: performance.now(), begin: resolve };
    const refuse = (reason: string) =>
      reject(this.#refusal(classification, reason, performance.now() - waiting.sinceMs));
    if (!level.queue.push(classification.flow, waiting)) {
      refuse('queue-full');
      return promise;
    }
    if (level.queue.length === 1) level.pass = Math.max(level.pass, this.#pass);
    this.#waiting += 1;
    metrics.queued(classification, 1);
    const leave = (reason: string) => {
      level.queue.remove(classification.flow, waiting);
      this.#waiting -= 1;
      metrics.queued(classification, -1);
      refuse(reason);
    };
    const gone = () => leave('cancelled');
    using _timer = clock.after(maxWaitMs, () => leave('time-out'));
    signal.addEventListener('abort', gone, { once: true });
    this.#pumpSoon();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', gone);
    }
  }

  #refusal(classification: Classification, reason: string, waitedMs: number): TooManyRequestsError {
    this.#options.metrics.rejected(classification, reason, waitedMs);
    return new TooManyRequestsError();
  }

  #begin(classification: Classification, sinceMs: number): Seat {
    const { metrics } = this.#options;
    const { priorityLevel } = classification;
    if (priorityLevel !== 'exempt') this.#seats.take(priorityLevel);
    const startedMs = performance.now();
    metrics.began(classification, startedMs - sinceMs);
    let over = false;
    return {
      [Symbol.dispose]: () => {
        if (over) return;
        over = true;
        if (priorityLevel !== 'exempt') this.#seats.giveBack(priorityLevel);
        metrics.ended(classification, performance.now() - startedMs);
        if (this.#waiting > 0) this.#pumpSoon();
      },
    };
  }

  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      this.#beginNext(performance.now());
    });
  }

  /** Begins one that waits after another until the turn is over; the next turn is after a look at the sockets. */
  #beginNext(turnMs: number): void {
    const level = this.#next();
    const waiting = level?.queue.shift();
    if (level === undefined || waiting === undefined) return;
    this.#waiting -= 1;
    this.#pass = level.pass;
    level.pass += 1 / level.shares;
    this.#options.metrics.queued(waiting.classification, -1);
    waiting.begin(this.#begin(waiting.classification, waiting.sinceMs));
    if (this.#waiting === 0) return;
    // Once what was begun has come to its first wait.
    queueMicrotask(() =>
      process.nextTick(() => {
        if (performance.now() - turnMs < CATCHING_UP_MS) this.#beginNext(turnMs);
        else this.#pumpSoon();
      }),
    );
  }

  #next(): Level | undefined {
    let next: Level | undefined;
    for (const level of this.#levels.values()) {
      if (level.queue.length === 0 || !this.#seats.isFree(level.name)) continue;
      if (next === undefined || level.pass < next.pass) next = level;
    }
    return next;
  }
}
