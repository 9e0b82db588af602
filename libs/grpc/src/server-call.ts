import { type Clock, systemClock } from '@hawser/runtime';
import { GrpcCall } from './grpc-call.ts';
import type { Header } from './hpack/static-table.ts';
import type { Http2Stream } from './http2/http2-stream.ts';
import { headerOf, type Metadata, metadataIn } from './metadata.ts';
import { Code, encodeStatusMessage, type GrpcStatus, OK, statusOfTransport } from './status.ts';
import { parseTimeout } from './timeout.ts';

export const RESPONSE_HEADERS: readonly Header[] = [
  [':status', '200'],
  ['content-type', 'application/grpc'],
];

/** A call as its server sees it. */
export class ServerCall extends GrpcCall {
  /** What the client sent along. */
  readonly metadata: Metadata;
  readonly #deadline: Disposable | undefined;
  #responded = false;

  constructor(
    stream: Http2Stream,
    headers: readonly Header[],
    { maxMessageBytes, clock = systemClock }: { maxMessageBytes?: number; clock?: Clock } = {},
  ) {
    super(stream, maxMessageBytes);
    this.metadata = metadataIn(headers);
    const timeoutMs = parseTimeout(headerOf(headers, 'grpc-timeout') ?? '');
    if (timeoutMs !== undefined)
      this.#deadline = clock.after(timeoutMs, () =>
        this.finish({ code: Code.deadlineExceeded, message: 'context deadline exceeded' }),
      );
  }

  /** Sends metadata to the client at once. Messages send it where it was not, with nothing in it. */
  respond(metadata: Metadata = []): void {
    if (this.#responded || this.over) return;
    this.#responded = true;
    this.stream.sendHeaders([...RESPONSE_HEADERS, ...metadata]);
  }

  override send(...parts: readonly Buffer[]): boolean {
    this.respond();
    return super.send(...parts);
  }

  /** Ends the call after all that was sent. */
  finish(status: GrpcStatus = OK): void {
    if (this.over) return;
    const trailers: Header[] = [['grpc-status', String(status.code)]];
    if (status.message !== '') trailers.push(['grpc-message', encodeStatusMessage(status.message)]);
    this.settle(status);
    this.stream.end(this.#responded ? trailers : [...RESPONSE_HEADERS, ...trailers], true);
  }

  /** Clients have no trailers; those that send them end their half with them. */
  headers(_headers: readonly Header[], end: boolean): void {
    if (end) this.ended();
  }

  closed(error?: Error): void {
    this.#deadline?.[Symbol.dispose]();
    this.settle(error === undefined ? OK : statusOfTransport(error));
  }

  protected override settle(status: GrpcStatus): void {
    this.#deadline?.[Symbol.dispose]();
    super.settle(status);
  }

  protected refuse(status: GrpcStatus): void {
    this.finish(status);
  }
}
