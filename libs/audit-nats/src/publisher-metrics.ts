import { Counter, Gauge, type Registry } from '@hawser/observability';

/** What an operator watches: events that go out, attempts that fail, events that wait, whether there is a link. */
export class PublisherMetrics {
  readonly published: Counter;
  readonly errors: Counter;
  readonly connected: Gauge;
  readonly parked: Gauge;

  constructor(registry: Registry, countPending: () => Promise<number>) {
    const registers = [registry];
    this.published = new Counter({
      name: 'hawser_audit_published_total',
      help: 'Audit events acknowledged by the stream, those sent again included.',
      registers,
    });
    this.errors = new Counter({
      name: 'hawser_audit_publish_errors_total',
      help: 'Failed attempts to connect to NATS or to publish an audit event; each is tried again.',
      registers,
    });
    this.connected = new Gauge({
      name: 'hawser_audit_nats_connected',
      help: '1 while the publisher has a verified connection to NATS.',
      registers,
    });
    this.parked = new Gauge({
      name: 'hawser_audit_parked',
      help: 'Audit events that are too large for the server; they stay in the outbox until it takes them.',
      registers,
    });
    new Gauge({
      name: 'hawser_audit_outbox_pending',
      help: 'Audit events in the outbox: not yet published, or not yet known to be synced by the stream.',
      registers,
      async collect() {
        this.set(await countPending());
      },
    });
  }
}
