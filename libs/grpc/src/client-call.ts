import { GrpcCall } from './grpc-call.ts';
import type { Header } from './hpack/static-table.ts';
import { headerOf, type Metadata, metadataIn } from './metadata.ts';
import {
  Code,
  decodeStatusMessage,
  GrpcError,
  type GrpcStatus,
  statusOfHttp,
  statusOfTransport,
} from './status.ts';

/** A call as its client sees it. */
export class ClientCall extends GrpcCall {
  readonly #response = Promise.withResolvers<Metadata>();
  #responded = false;

  /**
   * What the server sends along, as soon as it does.
   * Rejects with a GrpcError when the call ends without.
   */
  get response(): Promise<Metadata> {
    return this.#response.promise;
  }

  /** Ends our half after all that was sent. */
  end(): void {
    this.stream.end();
  }

  headers(headers: readonly Header[], end: boolean): void {
    if (this.over) return;
    const status = statusOf(headers);
    if (!this.#responded && !end) {
      const fault = faultOf(headers);
      if (fault !== undefined) return void this.refuse(fault);
      this.#responded = true;
      this.#response.resolve(metadataIn(headers));
    } else if (end) this.settle(status ?? faultOf(headers) ?? NO_STATUS);
  }

  closed(error?: Error): void {
    this.settle(error === undefined ? NO_STATUS : statusOfTransport(error));
  }

  protected override settle(status: GrpcStatus): void {
    if (this.over) return;
    // Nobody need be waiting for it.
    this.#response.promise.catch(() => {});
    this.#response.reject(new GrpcError(status));
    super.settle(status);
    // The server is done with us, whether we are or not.
    this.stream.end();
  }

  protected refuse(status: GrpcStatus): void {
    this.cancel(status);
  }
}

const NO_STATUS: GrpcStatus = {
  code: Code.internal,
  message: 'server closed the stream without sending trailers',
};

function statusOf(headers: readonly Header[]): GrpcStatus | undefined {
  const code = headerOf(headers, 'grpc-status');
  if (code === undefined) return undefined;
  return {
    code: /^[0-9]{1,3}$/.test(code) ? Number(code) : Code.unknown,
    message: decodeStatusMessage(headerOf(headers, 'grpc-message') ?? ''),
  };
}

/** What is wrong with headers that should begin a response of gRPC. */
function faultOf(headers: readonly Header[]): GrpcStatus | undefined {
  const http = headerOf(headers, ':status') ?? 'none';
  if (http !== '200') return statusOfHttp(http);
  const type = headerOf(headers, 'content-type') ?? '';
  if (!isGrpc(type))
    return { code: Code.unknown, message: `unexpected content-type ${JSON.stringify(type)}` };
  const encoding = headerOf(headers, 'grpc-encoding') ?? 'identity';
  if (encoding === 'identity') return undefined;
  return {
    code: Code.unimplemented,
    message: `grpc: Decompressor is not installed for grpc-encoding "${encoding}"`,
  };
}

/** Whether a content type is that of gRPC, with whatever messages. */
export function isGrpc(contentType: string): boolean {
  return /^application\/grpc(?:$|[+;])/.test(contentType);
}
