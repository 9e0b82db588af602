import type { OutboxRecord } from '@hawser/storage';
import type { AuditEvent } from './event.ts';
import { OutboxWriter, type OutboxWriterOptions } from './outbox-writer.ts';
import { auditSubject } from './subject.ts';

export interface AuditLogOptions extends OutboxWriterOptions {
  /** The service whose surface is audited, as it stands in subjects. */
  readonly service: string;
}

/** Takes the events of one service to its outbox. */
export class AuditLog implements AsyncDisposable {
  readonly #service: string;
  readonly #writer: OutboxWriter;

  constructor(options: AuditLogOptions) {
    this.#service = options.service;
    this.#writer = new OutboxWriter(options);
  }

  /** The record of an event; its id makes a second delivery recognisable. */
  record(event: AuditEvent): OutboxRecord {
    return {
      id: `${event.auditID}:${event.stage}`,
      subject: auditSubject(this.#service, event),
      body: JSON.stringify(event),
    };
  }

  /** Resolves when the event is on disk: a mutating request waits for this before it is answered. */
  async keep(event: AuditEvent): Promise<void> {
    await this.#writer.keep(this.record(event));
  }

  /** Takes the event to disk soon: reads do not wait. */
  keepSoon(event: AuditEvent): void {
    this.#writer.keepSoon(this.record(event));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer[Symbol.asyncDispose]();
  }
}
