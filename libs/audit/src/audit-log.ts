import type { OutboxRecord } from '@hawser/storage';
import type { AuditEvent } from './event.ts';
import type { Outbox } from './outbox.ts';
import { auditSubject } from './subject.ts';

export interface AuditLogOptions {
  /** The service whose surface is audited, as it stands in subjects. */
  readonly service: string;
  readonly outbox: Outbox;
  /** Told of events that could not be kept; the disk is full or gone. */
  readonly onError: (error: unknown) => void;
  /** How many records may wait in the outbox before events that nobody waits for are lost; without it, any number. */
  readonly maxWaiting?: number;
  /** Told how many events were lost to `maxWaiting`. */
  readonly onLoss?: (count: number) => void;
}

/** Events of reads wait so long, or until so many are there, and are then written together. */
const BATCH_DELAY_MS = 200;
const BATCH_SIZE = 512;

/** Takes the events of one service to its outbox. */
export class AuditLog implements AsyncDisposable {
  readonly #options: AuditLogOptions;
  #batch: OutboxRecord[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #flushed: Promise<void> = Promise.resolve();

  constructor(options: AuditLogOptions) {
    this.#options = options;
  }

  /** The record of an event; its id makes a second delivery recognisable. */
  record(event: AuditEvent): OutboxRecord {
    return {
      id: `${event.auditID}:${event.stage}`,
      subject: auditSubject(this.#options.service, event),
      body: JSON.stringify(event),
    };
  }

  /** Resolves when the event is on disk: a mutating request waits for this before it is answered. */
  async keep(event: AuditEvent): Promise<void> {
    await this.#options.outbox.append([this.record(event)]);
  }

  /** Takes the event to disk soon: reads do not wait. */
  keepSoon(event: AuditEvent): void {
    this.#batch.push(this.record(event));
    if (this.#batch.length >= BATCH_SIZE) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), BATCH_DELAY_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#flush();
    await this.#flushed;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.#flushed = this.#flushed
      .then(() => this.#append(batch))
      .catch((error: unknown) => this.#options.onError(error));
  }

  /** What there is no room for is lost, not what was there before: a flood must not wash away what led up to it. */
  async #append(batch: readonly OutboxRecord[]): Promise<void> {
    const { outbox, maxWaiting = Number.POSITIVE_INFINITY, onLoss } = this.#options;
    const room = Number.isFinite(maxWaiting)
      ? Math.max(0, maxWaiting - (await outbox.count()))
      : batch.length;
    if (room < batch.length) onLoss?.(batch.length - room);
    if (room > 0) await outbox.append(batch.slice(0, room));
  }
}
