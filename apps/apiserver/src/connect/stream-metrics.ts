import type { RequestInfo } from '@hawser/http';
import { Counter, Gauge, type Registry } from '@hawser/observability';

type Stream = Pick<RequestInfo, 'resource' | 'subresource'>;

/** What the hub counts of the streams that it carries. */
export class StreamMetrics {
  readonly #streams: Gauge<'resource' | 'subresource'>;
  readonly #bytes: Counter<'resource' | 'subresource' | 'direction'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#streams = new Gauge({
      name: 'hawser_apiserver_streams',
      help: 'Upgraded connections that are carried to nodes, pods and services.',
      labelNames: ['resource', 'subresource'],
      registers,
    });
    this.#bytes = new Counter({
      name: 'hawser_apiserver_stream_bytes_total',
      help: 'Bytes of upgraded connections that have ended, received from clients and sent to them.',
      labelNames: ['resource', 'subresource', 'direction'],
      registers,
    });
  }

  /** Counts one until it is disposed of. */
  streamBegins({ resource, subresource }: Stream): Disposable {
    this.#streams.inc({ resource, subresource });
    return { [Symbol.dispose]: () => this.#streams.dec({ resource, subresource }) };
  }

  carried({ resource, subresource }: Stream, receivedBytes: number, sentBytes: number): void {
    this.#bytes.inc({ resource, subresource, direction: 'received' }, receivedBytes);
    this.#bytes.inc({ resource, subresource, direction: 'sent' }, sentBytes);
  }
}
