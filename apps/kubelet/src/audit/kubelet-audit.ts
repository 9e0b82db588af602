import type { IncomingMessage } from 'node:http';
import { type AuditEvent, AuditLog, type Outbox } from '@hawser/audit';
import { Counter, type Logger, type Registry } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import { type EventSink, RequestTrail } from './request-trail.ts';

export interface KubeletAuditOptions {
  readonly nodeName: string;
  readonly outbox: Outbox;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How many events may wait before those of reads and refusals are lost. */
  readonly maxWaiting?: number;
  /** Closes what is beneath, when everything is on disk. */
  readonly closing?: () => Promise<void>;
}

/** About 100 MB. Events wait for two minutes even when all is well, until NATS must have synced them. */
const MAX_WAITING = 100_000;
/** Losses are summed up and said so often. */
const LOSS_REPORT_MS = 60_000;

/** The audit trail of the kubelet's own API: a trail for each request, which ends in the outbox. */
export class KubeletAudit implements AsyncDisposable {
  readonly #options: KubeletAuditOptions;
  readonly #log: AuditLog;
  readonly #sink: EventSink;
  readonly #open = new Set<RequestTrail>();
  readonly #lost: Counter;
  #unreported = 0;
  #reportedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: KubeletAuditOptions) {
    this.#options = options;
    this.#lost = new Counter({
      name: 'hawser_audit_events_lost_total',
      help: 'Audit events of reads and refusals that were not kept because too many waited.',
      registers: [options.registry],
    });
    this.#log = new AuditLog({
      service: 'kubelet',
      outbox: options.outbox,
      onError: (error) => options.logger.error({ error }, 'could not keep audit events'),
      maxWaiting: options.maxWaiting ?? MAX_WAITING,
      onLoss: (count) => this.#lose(count),
    });
    this.#sink = { keep: (event) => this.#keep(event), keepSoon: (event) => this.#log.keepSoon(event) };
  }

  /** @param path by which the request is authorized. */
  begin(request: IncomingMessage, path: string): RequestTrail {
    const closed = (trail: RequestTrail) => void this.#open.delete(trail);
    const trail = new RequestTrail(request, path, this.#options.nodeName, this.#sink, closed);
    this.#open.add(trail);
    return trail;
  }

  /** What still goes on has its end recorded; then everything is on disk. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open].map((trail) => trail.brokenOff('the kubelet stops')));
    await this.#log[Symbol.asyncDispose]();
    await this.#options.closing?.();
  }

  async #keep(event: AuditEvent): Promise<void> {
    try {
      await this.#log.keep(event);
    } catch (error) {
      this.#options.logger.error({ error, auditId: event.auditID }, 'could not keep an audit event');
      throw new Error('its audit event could not be kept', { cause: error });
    }
  }

  #lose(count: number): void {
    const { clock, logger } = this.#options;
    this.#lost.inc(count);
    this.#unreported += count;
    const nowMs = clock.now().getTime();
    if (nowMs - this.#reportedAtMs < LOSS_REPORT_MS) return;
    logger.error(
      { lost: this.#unreported },
      'too many audit events wait, those of reads and refusals are lost',
    );
    this.#unreported = 0;
    this.#reportedAtMs = nowMs;
  }
}
