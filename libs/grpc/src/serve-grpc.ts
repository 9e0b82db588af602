import type { Duplex } from 'node:stream';
import type { Clock } from '@hawser/runtime';
import { isGrpc } from './client-call.ts';
import type { Header } from './hpack/static-table.ts';
import { Http2Connection } from './http2/http2-connection.ts';
import type { Http2Stream, StreamHandler } from './http2/http2-stream.ts';
import type { KeepAliveOptions } from './http2/keep-alive.ts';
import { headerOf } from './metadata.ts';
import { RESPONSE_HEADERS, ServerCall } from './server-call.ts';
import { Code, encodeStatusMessage, type GrpcStatus } from './status.ts';

export interface ServeGrpcOptions {
  /** What takes the calls of each method, by its path: `/Service/Method`. It calls `start` when it is ready for messages. */
  readonly methods: Readonly<Record<string, (call: ServerCall) => void>>;
  /** What a client may have under way on one call. */
  readonly windowBytes: number;
  readonly maxConcurrentStreams: number;
  readonly maxMessageBytes?: number;
  readonly keepAlive?: KeepAliveOptions;
  readonly clock?: Clock;
}

/** A connection that gRPC is spoken on. */
export interface GrpcConnection {
  /** Resolves when it is over, with the reason where it did not end in order. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  /** Takes no further calls, and ends after the last. */
  goAway(): void;
  /** Pings the client; the connection ends if nothing comes for so long. */
  probe(timeoutMs: number): void;
  /** Ends at once, with all calls. */
  destroy(error?: Error): void;
}

/** Serves gRPC to the client at the other end of a byte stream: a TLS connection (ALPN `h2`), or a unix socket. */
export function serveGrpc(connection: Duplex, options: ServeGrpcOptions): GrpcConnection {
  return new Http2Connection(connection, {
    ...options,
    role: 'server',
    accept: (stream, headers) => acceptCall(stream, headers, options),
  });
}

function acceptCall(
  stream: Http2Stream,
  headers: readonly Header[],
  options: ServeGrpcOptions,
): StreamHandler {
  const refusal = refusalOf(headers, options.methods);
  if (refusal !== undefined) {
    stream.end(refusal, true);
    return { headers() {}, data() {}, drain() {}, closed() {} };
  }
  const call = new ServerCall(stream, headers, options);
  options.methods[headerOf(headers, ':path')!]!(call);
  return call;
}

/** @returns what a request that is no call of ours is answered with, at once. */
function refusalOf(headers: readonly Header[], methods: ServeGrpcOptions['methods']): Header[] | undefined {
  if (headerOf(headers, ':method') !== 'POST') return [[':status', '405']];
  if (!isGrpc(headerOf(headers, 'content-type') ?? '')) return [[':status', '415']];
  const path = headerOf(headers, ':path') ?? '';
  if (!Object.hasOwn(methods, path)) return trailersOnly(unknownMethod(path, methods));
  const encoding = headerOf(headers, 'grpc-encoding') ?? 'identity';
  if (encoding === 'identity') return undefined;
  const message = `grpc: Decompressor is not installed for grpc-encoding "${encoding}"`;
  return [...trailersOnly({ code: Code.unimplemented, message }), ['grpc-accept-encoding', 'identity']];
}

/** In the words of grpc-go. */
function unknownMethod(path: string, methods: ServeGrpcOptions['methods']): GrpcStatus {
  const [, service, method] = /^\/([^/]+)\/([^/]*)$/.exec(path) ?? [];
  const known = Object.keys(methods).some((name) => name.startsWith(`/${service}/`));
  if (service === undefined)
    return { code: Code.unimplemented, message: `malformed method name: ${JSON.stringify(path)}` };
  if (!known) return { code: Code.unimplemented, message: `unknown service ${service}` };
  return { code: Code.unimplemented, message: `unknown method ${method} for service ${service}` };
}

function trailersOnly({ code, message }: GrpcStatus): Header[] {
  return [...RESPONSE_HEADERS, ['grpc-status', String(code)], ['grpc-message', encodeStatusMessage(message)]];
}
