import { encodeHeaders } from '../hpack/encode-headers.ts';
import type { Header } from '../hpack/static-table.ts';
import { Flag, FrameType, MAX_WINDOW } from './frame.ts';
import type { FrameWriter } from './frame-writer.ts';
import { ErrorCode, Http2Error, nameOfErrorCode } from './http2-error.ts';

/** What a stream tells whom it belongs to. */
export interface StreamHandler {
  /** The first headers, or, at the end, trailers. */
  headers(headers: readonly Header[], end: boolean): void;
  data(piece: Buffer, end: boolean): void;
  /** What was written has gone out; `write` had said that more should wait. */
  drain(): void;
  /** The stream is over: in order, with both halves ended, or with the reason. Comes once, last. */
  closed(error?: Error): void;
}

/** What a stream needs of its connection. */
export interface StreamHost {
  readonly writer: FrameWriter;
  /** How much of one frame the peer takes. */
  readonly maxFrameBytes: number;
  /** How much the peer takes on the whole connection. */
  sendWindow: number;
  /** How much we take on one stream. */
  readonly receiveWindow: number;
  /** The stream has something to send and may not now. */
  wait(stream: Http2Stream): void;
  forget(stream: Http2Stream): void;
}

/** A stream was reset by its peer, with a code of RFC 9113, section 7. */
export class StreamResetError extends Error {
  override name = 'StreamResetError';

  constructor(readonly code: number) {
    super(`stream was reset: ${nameOfErrorCode(code)}`);
  }
}

/** One stream of a connection, from its first headers on. */
export class Http2Stream {
  handler!: StreamHandler;
  readonly #host: StreamHost;
  #sendWindow: number;
  #receiveLeft: number;
  #uncredited = 0;
  #held = false;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #wantsDrain = false;
  /** What ends our half after all that is queued: trailers, or none. */
  #ending: readonly Header[] | undefined;
  #endsBoth = false;
  #localEnded = false;
  #remoteEnded = false;
  #closed = false;

  constructor(
    readonly id: number,
    host: StreamHost,
    sendWindow: number,
  ) {
    this.#host = host;
    this.#sendWindow = sendWindow;
    this.#receiveLeft = host.receiveWindow;
  }

  /** What was written and waits for the peer's window, or the connection. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  get remoteEnded(): boolean {
    return this.#remoteEnded;
  }

  get closed(): boolean {
    return this.#closed;
  }

  sendHeaders(headers: readonly Header[], end = false): void {
    if (this.#closed || this.#localEnded) return;
    this.#host.writer.write(
      FrameType.headers,
      Flag.endHeaders | (end ? Flag.endStream : 0),
      this.id,
      encodeHeaders(headers),
    );
    if (end) this.#endLocal();
  }

  /**
   * Sends data, or keeps it until the peer takes it; the parts must not be changed any more.
   * @returns whether more is welcome; if not, `drain` says when.
   */
  write(...parts: readonly Buffer[]): boolean {
    if (this.#closed || this.#localEnded || this.#ending !== undefined) return true;
    let size = 0;
    for (const part of parts) size += part.length;
    const { writer, maxFrameBytes, sendWindow } = this.#host;
    if (
      this.#queuedBytes === 0 &&
      size <= Math.min(maxFrameBytes, sendWindow, this.#sendWindow) &&
      !writer.full
    ) {
      this.#sendData(size, 0, parts);
      if (!writer.full) return true;
    } else {
      this.#queue.push(...parts);
      this.#queuedBytes += size;
      while (this.#sendTurn());
      if (this.#queuedBytes === 0 && !writer.full) return true;
    }
    this.#wantsDrain = true;
    this.#host.wait(this);
    return false;
  }

  /**
   * Ends our half after all that was written.
   * @param over whether the stream is over then, and the peer is to send no more (RFC 9113, section 8.1).
   */
  end(trailers: readonly Header[] = [], over = false): void {
    if (this.#closed || this.#localEnded || this.#ending !== undefined) return;
    this.#ending = trailers;
    this.#endsBoth = over;
    while (this.#sendTurn());
    this.pump();
  }

  /** Sends what may be sent, up to a frame's worth. @returns whether there is more that may be. */
  pump(): boolean {
    if (this.#closed) return false;
    const more = this.#sendTurn();
    if (this.#queuedBytes > 0) {
      this.#host.wait(this);
      return more;
    }
    if (this.#ending !== undefined && !this.#localEnded) this.#sendEnd(this.#ending);
    else if (!this.#wantsDrain) return false;
    else if (this.#host.writer.full) this.#host.wait(this);
    else {
      this.#wantsDrain = false;
      this.handler.drain();
    }
    return false;
  }

  /** Sends a frame's worth of what is queued. @returns whether another may go out now. */
  #sendTurn(): boolean {
    const { writer, maxFrameBytes, sendWindow } = this.#host;
    const size = Math.min(this.#queuedBytes, maxFrameBytes, sendWindow, this.#sendWindow);
    if (size <= 0 || writer.full) return false;
    this.#sendData(size, 0, this.#cut(size));
    return this.#queuedBytes > 0 && !writer.full;
  }

  /** Lets the peer send no more than it already may, until `release`. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#credit();
  }

  /** Gives the stream up, both ways. */
  reset(code: number, error?: Error): void {
    if (this.#closed) return;
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(code);
    this.#host.writer.write(FrameType.rstStream, 0, this.id, payload);
    this.close(error);
  }

  /** The stream is over, whatever stood. */
  close(error?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#host.forget(this);
    this.handler.closed(error);
  }

  /** Headers have come. */
  takeHeaders(headers: readonly Header[], end: boolean): void {
    if (this.#remoteEnded)
      return void this.reset(ErrorCode.streamClosed, new StreamResetError(ErrorCode.streamClosed));
    if (end) this.#remoteEnded = true;
    this.handler.headers(headers, end);
    this.closeIfEnded();
  }

  /** Data has come. @param size what it counts for: padding is counted too. */
  takeData(piece: Buffer, size: number, end: boolean): void {
    if (this.#remoteEnded)
      return void this.reset(ErrorCode.streamClosed, new StreamResetError(ErrorCode.streamClosed));
    this.#receiveLeft -= size;
    if (this.#receiveLeft < 0) throw new Http2Error(ErrorCode.flowControlError, 'stream window is exceeded');
    this.#uncredited += size;
    if (end) this.#remoteEnded = true;
    this.handler.data(piece, end);
    if (!this.#held) this.#credit();
    this.closeIfEnded();
  }

  takeReset(code: number): void {
    this.close(new StreamResetError(code));
  }

  /** The peer takes so much more on this stream, or, after a change of its settings, less. */
  widen(size: number): void {
    this.#sendWindow += size;
    if (this.#sendWindow > MAX_WINDOW)
      throw new Http2Error(ErrorCode.flowControlError, 'stream window overflows');
    if (this.#queuedBytes > 0) this.#host.wait(this);
  }

  closeIfEnded(): void {
    if (this.#localEnded && this.#remoteEnded) this.close();
  }

  #credit(): void {
    if (this.#closed || this.#remoteEnded || this.#uncredited < this.#host.receiveWindow / 2) return;
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(this.#uncredited);
    this.#receiveLeft += this.#uncredited;
    this.#uncredited = 0;
    this.#host.writer.write(FrameType.windowUpdate, 0, this.id, payload);
  }

  #sendData(size: number, flags: number, parts: readonly Buffer[]): void {
    this.#sendWindow -= size;
    this.#host.sendWindow -= size;
    this.#host.writer.write(FrameType.data, flags, this.id, ...parts);
  }

  #sendEnd(trailers: readonly Header[]): void {
    if (trailers.length > 0) return void this.sendHeaders(trailers, true);
    this.#host.writer.write(FrameType.data, Flag.endStream, this.id);
    this.#endLocal();
  }

  #endLocal(): void {
    this.#localEnded = true;
    this.closeIfEnded();
    if (this.#endsBoth) this.reset(ErrorCode.noError);
  }

  /** Takes so many bytes from the queue. */
  #cut(size: number): Buffer[] {
    const parts: Buffer[] = [];
    let [left, whole] = [size, 0];
    for (; left > 0; whole++) {
      const part = this.#queue[whole]!;
      if (part.length > left) {
        parts.push(part.subarray(0, left));
        this.#queue[whole] = part.subarray(left);
        break;
      }
      parts.push(part);
      left -= part.length;
    }
    this.#queue.splice(0, whole);
    this.#queuedBytes -= size;
    return parts;
  }
}
