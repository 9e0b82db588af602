import type { Duplex } from 'node:stream';
import type { Clock } from '@hawser/runtime';
import { ClientCall } from './client-call.ts';
import { Http2Connection } from './http2/http2-connection.ts';
import type { StreamHandler } from './http2/http2-stream.ts';
import type { KeepAliveOptions } from './http2/keep-alive.ts';
import type { Metadata } from './metadata.ts';
import { Code, GrpcError } from './status.ts';

export interface ConnectGrpcOptions {
  /** The name that the server goes by. */
  readonly authority: string;
  /** Whether the connection is TLS. */
  readonly secure: boolean;
  readonly userAgent: string;
  /** What the server may have under way on one call. */
  readonly windowBytes: number;
  readonly maxMessageBytes?: number;
  readonly keepAlive?: KeepAliveOptions;
  readonly clock?: Clock;
}

/** The client's end of a connection that gRPC is spoken on. */
export class GrpcClient {
  readonly #connection: Http2Connection;
  readonly #options: ConnectGrpcOptions;

  /** @param connection a byte stream to a server: a TLS connection (ALPN `h2`), or a unix socket. */
  constructor(connection: Duplex, options: ConnectGrpcOptions) {
    this.#options = options;
    this.#connection = new Http2Connection(connection, { ...options, role: 'client' });
  }

  /** Resolves when the connection is over, with the reason where it did not end in order. Never rejects. */
  get closed(): Promise<Error | undefined> {
    return this.#connection.closed;
  }

  /** Resolves when the server has said that it takes no further calls, or the connection is over. */
  get goingAway(): Promise<void> {
    return this.#connection.goingAway;
  }

  /** Whether a call may be begun: not on a connection that is over or going away, or has all that the server takes. */
  get available(): boolean {
    return this.#connection.available;
  }

  get calls(): number {
    return this.#connection.streams;
  }

  /** Begins a call. @throws GrpcError when the connection takes none. */
  call(path: string, metadata: Metadata = []): ClientCall {
    if (!this.available)
      throw new GrpcError({ code: Code.unavailable, message: 'connection takes no more calls' });
    const { authority, secure, userAgent, maxMessageBytes } = this.#options;
    const handler = forward();
    const stream = this.#connection.open(
      [
        [':method', 'POST'],
        [':scheme', secure ? 'https' : 'http'],
        [':path', path],
        [':authority', authority],
        ['content-type', 'application/grpc'],
        ['user-agent', userAgent],
        ['te', 'trailers'],
        ...metadata,
      ],
      handler,
    );
    const call = new ClientCall(stream, maxMessageBytes);
    stream.handler = call;
    return call;
  }

  /** Pings the server now and then, from now on: servers may end connections that ping more often than they like. */
  keepAlive(options: KeepAliveOptions): void {
    this.#connection.keepAlive(options);
  }

  /** Pings the server; the connection ends if nothing comes for so long. */
  probe(timeoutMs: number): void {
    this.#connection.probe(timeoutMs);
  }

  /** Begins no further calls, and ends after the last. */
  goAway(): void {
    this.#connection.goAway();
  }

  /** Ends at once, with all calls. */
  destroy(error?: Error): void {
    this.#connection.destroy(error);
  }
}

/** What stands for the call until it is made. */
function forward(): StreamHandler {
  return { headers() {}, data() {}, drain() {}, closed() {} };
}
