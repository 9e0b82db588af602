import type { IncomingMessage } from 'node:http';
import { type AuditEvent, AuditLog, LossReport, type Outbox } from '@hawser/audit';
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
const LOSS_MESSAGE = 'too many audit events wait, those of reads and refusals are lost';

/** The audit trail of the kubelet's own API: a trail for each request, which ends in the outbox. */
export class KubeletAudit implements AsyncDisposable {
  readonly #options: KubeletAuditOptions;
  readonly #log: AuditLog;
  readonly #sink: EventSink;
  readonly #open = new Set<RequestTrail>();

  constructor(options: KubeletAuditOptions) {
    this.#options = options;
    const counter = new Counter({
      name: 'hawser_audit_events_lost_total',
      help: 'Audit events of reads and refusals that were not kept because too many waited.',
      registers: [options.registry],
    });
    const { clock, logger } = options;
    const losses = new LossReport({ counter, message: LOSS_MESSAGE, clock, logger });
    this.#log = new AuditLog({
      service: 'kubelet',
      outbox: options.outbox,
      onError: (error) => options.logger.error({ error }, 'could not keep audit events'),
      maxWaiting: options.maxWaiting ?? MAX_WAITING,
      onLoss: losses.lost,
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
}
