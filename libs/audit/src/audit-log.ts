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
}

/** Events of reads wait so long, or until so many are there, and are then written together. */
const BATCH_DELAY_MS = 200;
const BATCH_SIZE = 512;

/** Takes the events of one service to its outbox. */
export class AuditLog implements AsyncDisposable {
  readonly #options: AuditLogOptions;
  #batch: OutboxRecord[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

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
    if (this.#batch.length >= BATCH_SIZE) void this.#flush();
    else this.#timer ??= setTimeout(() => void this.#flush(), BATCH_DELAY_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#flush();
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    try {
      await this.#options.outbox.append(batch);
    } catch (error) {
      this.#options.onError(error);
    }
  }
}
