import { Counter, Gauge, type Registry } from '@hawser/observability';
import type { EventStream } from './event-stream.ts';

/** What an operator watches: events that go out, attempts that fail, events that wait, whether there is a link. */
export class PublisherMetrics {
  readonly published: Counter;
  readonly errors: Counter;
  readonly connected: Gauge;
  readonly parked: Gauge;

  constructor(registry: Registry, { metrics, what }: EventStream, countPending: () => Promise<number>) {
    const some = `${what[0]!.toUpperCase()}${what.slice(1)}`;
    const registers = [registry];
    this.published = new Counter({
      name: `${metrics}_published_total`,
      help: `${some} acknowledged by the stream, those sent again included.`,
      registers,
    });
    this.errors = new Counter({
      name: `${metrics}_publish_errors_total`,
      help: `Failed attempts to connect to NATS or to publish ${what}; each is tried again.`,
      registers,
    });
    this.connected = new Gauge({
      name: `${metrics}_nats_connected`,
      help: '1 while the publisher has a verified connection to NATS.',
      registers,
    });
    this.parked = new Gauge({
      name: `${metrics}_parked`,
      help: `${some} that are too large for the server; they stay in the outbox until it takes them.`,
      registers,
    });
    new Gauge({
      name: `${metrics}_outbox_pending`,
      help: `${some} in the outbox: not yet published, or not yet known to be synced by the stream.`,
      registers,
      async collect() {
        this.set(await countPending());
      },
    });
  }
}
