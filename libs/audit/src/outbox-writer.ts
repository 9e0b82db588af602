import type { OutboxRecord } from '@hawser/storage';
import type { Outbox } from './outbox.ts';

export interface OutboxWriterOptions {
  readonly outbox: Outbox;
  /** Told of records that could not be kept; the disk is full or gone. */
  readonly onError: (error: unknown) => void;
  /** How many records may wait in the outbox before expendable ones are lost; without it, any number. */
  readonly maxWaiting?: number;
  /** Told how many records were lost to `maxWaiting`. */
  readonly onLoss?: (count: number) => void;
}

/** Records that nobody waits for wait so long, or until so many are there, and are then written together. */
const BATCH_DELAY_MS = 200;
const BATCH_SIZE = 512;

interface Waiting {
  readonly record: OutboxRecord;
  readonly expendable: boolean;
}

/** Takes records to an outbox: at once, for those who wait until they are on disk, or together with others. */
export class OutboxWriter implements AsyncDisposable {
  readonly #options: OutboxWriterOptions;
  #batch: Waiting[] = [];
  /** At least so many more may wait; what is acknowledged meanwhile makes it more. */
  #room = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #flushed: Promise<void> = Promise.resolve();

  constructor(options: OutboxWriterOptions) {
    this.#options = options;
  }

  /** Resolves when the record is on disk. */
  async keep(record: OutboxRecord): Promise<void> {
    this.#room -= 1;
    await this.#options.outbox.append([record]);
  }

  /**
   * Takes the record to disk soon, in the order of these calls.
   * @param expendable whether it may be lost when too many wait.
   */
  keepSoon(record: OutboxRecord, expendable = true): void {
    this.#batch.push({ record, expendable });
    if (this.#batch.length >= BATCH_SIZE) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), BATCH_DELAY_MS);
  }

  /** Takes what there is to disk now; whoever needs to know when it is there disposes. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.#flushed = this.#flushed
      .then(() => this.#append(batch))
      .catch((error: unknown) => this.#options.onError(error));
  }

  /** Resolves when everything is on disk. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.flush();
    await this.#flushed;
  }

  /** What there is no room for is lost, not what was there before: a flood must not wash away what led up to it. */
  async #append(batch: readonly Waiting[]): Promise<void> {
    const { outbox, onLoss } = this.#options;
    let room = await this.#roomFor(batch.length);
    const kept = batch.filter(({ expendable }) => !expendable || room-- > 0);
    this.#room -= kept.length;
    if (kept.length < batch.length) onLoss?.(batch.length - kept.length);
    if (kept.length > 0) await outbox.append(kept.map(({ record }) => record));
  }

  /** Counting takes milliseconds where many wait: it is done only when what is known does not suffice. */
  async #roomFor(size: number): Promise<number> {
    const { outbox, maxWaiting } = this.#options;
    if (maxWaiting === undefined) return size;
    if (this.#room < size) this.#room = maxWaiting - (await outbox.count());
    return this.#room;
  }
}
