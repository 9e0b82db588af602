import type { Header } from './hpack/static-table.ts';
import { ErrorCode } from './http2/http2-error.ts';
import type { Http2Stream, StreamHandler } from './http2/http2-stream.ts';
import { MessageReader, messagePrefix } from './message-reader.ts';
import { Code, GrpcError, type GrpcStatus } from './status.ts';

/** Upstream's limit for what is received (grpc-go's default): 4 MiB. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** What a call tells whom it belongs to. */
export interface CallHandler {
  /** A message, whose bytes are the handler's to keep. */
  message(message: Buffer): void;
  /** The peer has sent its last message; ours may go on. */
  end?(): void;
  /** What was sent has gone out; `send` had said that more should wait. */
  drain?(): void;
  /** The call is over, whatever stood. Comes once, last. */
  closed(status: GrpcStatus): void;
}

/** One bidirectional stream of messages; what server and client have in common. */
export abstract class GrpcCall implements StreamHandler {
  protected readonly stream: Http2Stream;
  readonly #reader: MessageReader;
  #handler: CallHandler | undefined;
  /** What came before there was a handler: no more than a window. */
  #early: Buffer[] = [];
  #status: GrpcStatus | undefined;
  #paused = false;

  constructor(stream: Http2Stream, maxMessageBytes = MAX_MESSAGE_BYTES) {
    this.stream = stream;
    this.#reader = new MessageReader(maxMessageBytes);
  }

  /** Hands the call over: its messages from the first one on. */
  start(handler: CallHandler): void {
    this.#handler = handler;
    for (const message of this.#early.splice(0)) handler.message(message);
    if (!this.#paused) this.stream.release();
    if (this.stream.remoteEnded) handler.end?.();
    if (this.#status !== undefined) handler.closed(this.#status);
  }

  /** Whether nothing goes or comes any more. */
  get over(): boolean {
    return this.#status !== undefined;
  }

  /**
   * Sends a message, given in parts, which must not be changed any more.
   * @returns whether more is welcome; if not, `drain` says when. What is sent all the same is kept.
   */
  send(...parts: readonly Buffer[]): boolean {
    let length = 0;
    for (const part of parts) length += part.length;
    return this.stream.write(messagePrefix(length), ...parts);
  }

  /** What was sent and waits for the peer to take it. */
  get waitingBytes(): number {
    return this.stream.queuedBytes;
  }

  /** Lets the peer send no more than it already may: up to a window. */
  pause(): void {
    this.#paused = true;
    this.stream.hold();
  }

  resume(): void {
    this.#paused = false;
    if (this.#handler !== undefined) this.stream.release();
  }

  /** Breaks the call off. */
  cancel(status: GrpcStatus): void {
    this.settle(status);
    this.stream.reset(ErrorCode.cancel);
  }

  abstract headers(headers: readonly Header[], end: boolean): void;
  abstract closed(error?: Error): void;
  /** The peer has sent what we do not take. */
  protected abstract refuse(status: GrpcStatus): void;

  data(piece: Buffer, end: boolean): void {
    if (this.over) return;
    try {
      this.#reader.push(piece, (message) => this.#take(message));
      if (!end) return;
      if (this.#reader.complete) this.ended();
      else this.refuse({ code: Code.internal, message: 'grpc: message is cut short' });
    } catch (error) {
      if (!(error instanceof GrpcError)) throw error;
      this.refuse({ code: error.code, message: error.description });
    }
  }

  drain(): void {
    this.#handler?.drain?.();
  }

  /** The peer's half is over. */
  protected ended(): void {
    if (!this.over) this.#handler?.end?.();
  }

  /** How the call ended is known: the first to know says it. */
  protected settle(status: GrpcStatus): void {
    if (this.over) return;
    this.#status = status;
    this.#early = [];
    this.#handler?.closed(status);
  }

  #take(message: Buffer): void {
    if (this.over) return;
    if (this.#handler !== undefined) return void this.#handler.message(message);
    this.stream.hold();
    this.#early.push(message);
  }
}
