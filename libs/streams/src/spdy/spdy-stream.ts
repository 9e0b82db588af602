import { Duplex } from 'node:stream';
import { ResetStatus } from './frames.ts';
import type { SpdyHeaders } from './header-codec.ts';
import { StreamResetError } from './spdy-error.ts';

/** How much of a stream waits for its reader before the connection is held back. */
const READ_AHEAD_BYTES = 256 * 1024;
/** How much of a stream waits for the connection before its writer is held back. */
const WRITE_AHEAD_BYTES = 64 * 1024;

/** What a stream needs of its connection. */
export interface StreamCarrier {
  /** Calls back when the connection has taken the data. */
  writeData(stream: SpdyStream, data: Buffer, done: (error?: Error | null) => void): void;
  writeFin(stream: SpdyStream, done: (error?: Error | null) => void): void;
  writeReply(stream: SpdyStream): void;
  writeReset(stream: SpdyStream, status: number): void;
  /** The stream's reader is behind, or has caught up. */
  holdBack(stream: SpdyStream, behind: boolean): void;
  forget(stream: SpdyStream): void;
}

/**
 * One stream of a SPDY connection: ends by halves, and is reset when it is destroyed before both have ended. A peer
 * that resets it destroys it with a `StreamResetError`.
 */
export class SpdyStream extends Duplex {
  readonly id: number;
  /** What it was opened with. */
  readonly headers: SpdyHeaders;
  readonly #carrier: StreamCarrier;
  #peerKnows = true;
  #endedByPeer = false;
  /** What comes is dropped. */
  #stopped = false;
  #lost: string | undefined;

  constructor(carrier: StreamCarrier, id: number, headers: SpdyHeaders) {
    super({
      allowHalfOpen: true,
      readableHighWaterMark: READ_AHEAD_BYTES,
      writableHighWaterMark: WRITE_AHEAD_BYTES,
    });
    this.#carrier = carrier;
    this.id = id;
    this.headers = headers;
    // Losing a stream that nobody uses any more must not end the service.
    this.on('error', () => {});
  }

  /** Accepts a stream that the peer has opened; its peer waits for that (SYN_REPLY). */
  accept(): void {
    this.#carrier.writeReply(this);
  }

  /** Turns down a stream that the peer has opened. */
  refuse(): void {
    this.#peerKnows = false;
    this.#carrier.writeReset(this, ResetStatus.refusedStream);
    this.destroy();
  }

  /** What has come for it. */
  receive(data: Buffer, fin: boolean): void {
    if (this.destroyed || this.#endedByPeer) return;
    if (data.length > 0 && !this.#stopped && !this.push(data)) this.#carrier.holdBack(this, true);
    if (!fin) return;
    this.#endedByPeer = true;
    if (!this.#stopped) this.push(null);
  }

  /** Takes in nothing more: the reader sees an end, and what the peer still sends holds up nobody. */
  stopReading(): void {
    this.#carrier.holdBack(this, false);
    if (this.destroyed || this.#endedByPeer || this.#stopped) return;
    this.#stopped = true;
    this.push(null);
  }

  /** The peer, or the end of the connection, has taken it away. What had come whole can still be read. */
  lose(reason: string): void {
    this.#peerKnows = false;
    if (!this.#endedByPeer || this.readableEnded) return void this.destroy(new StreamResetError(reason));
    this.#lost = reason;
    this.once('end', () => this.destroy());
  }

  override _read(): void {
    this.#carrier.holdBack(this, false);
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (this.#lost !== undefined) done(new StreamResetError(this.#lost));
    else this.#carrier.writeData(this, chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#lost !== undefined) done();
    else this.#carrier.writeFin(this, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const over = this.writableFinished && this.#endedByPeer;
    if (this.#peerKnows && !over) this.#carrier.writeReset(this, ResetStatus.cancel);
    this.#carrier.holdBack(this, false);
    this.#carrier.forget(this);
    done(error);
  }
}
