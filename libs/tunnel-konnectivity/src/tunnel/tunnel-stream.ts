import { Duplex } from 'node:stream';
import { type Clock, ReceiveQueue } from '@hawser/runtime';
import type { Hoard } from './buffer-budget.ts';
import type { PacketChannel } from './packet-channel.ts';

/** Data is sent in pieces of this size, so that connections take turns. */
const PIECE_BYTES = 32 * 1024;
/** How much waits for a reader before a channel of its own is held back. */
const AHEAD_BYTES = 64 * 1024;
/** Pieces smaller than this are put together while they wait. */
const SMALL_BYTES = 2048;

/** Whether a view would keep far more alive than it shows. */
function isSmallPart(data: Buffer): boolean {
  return data.length * 16 < data.buffer.byteLength;
}

export interface TunnelStreamOptions {
  readonly connectID: number;
  readonly channel: PacketChannel;
  readonly clock: Clock;
  /** What the channel does for a reader that is behind: it waits, since it is this connection's alone, or cannot. */
  readonly holdsBack: boolean;
  /** The reader has taken something. */
  readonly onTaken: (() => void) | undefined;
  /**
   * Passes a half-close on, where that can be done. The protocol has none: then the connection stays open for the answer
   * until the peer closes it or says nothing for `halfCloseIdleMs`.
   */
  readonly halfClose: () => boolean;
  readonly halfCloseIdleMs: number;
  /** The connection is over on our side. */
  readonly onGone: (stream: TunnelStream) => void;
}

type WriteCallback = (error?: Error | null) => void;

/** A connection through a tunnel, as the side that dialled it has it. */
export class TunnelStream extends Duplex implements Hoard {
  readonly connectID: number;
  readonly #options: TunnelStreamOptions;
  /** Small pieces that wait behind others: each by itself would weigh a hundred times what it holds. */
  readonly #small = new ReceiveQueue();
  #peerClosed = false;
  #idles = false;
  #idle: Disposable | undefined;

  constructor(options: TunnelStreamOptions) {
    // When the peer has closed, there is nobody to write to either.
    // Asked for more when all is taken, and not before.
    super({ allowHalfOpen: false, readableHighWaterMark: 1, writableHighWaterMark: AHEAD_BYTES });
    this.connectID = options.connectID;
    this.#options = options;
  }

  /** Whether the peer has closed the connection already. */
  get peerClosed(): boolean {
    return this.#peerClosed;
  }

  get bufferedBytes(): number {
    return this.readableLength + this.#small.bytes;
  }

  /** Data has come. */
  takeData(data: Buffer): void {
    if (this.destroyed || this.#peerClosed || data.length === 0) return;
    if (this.#idles) this.#expectMore();
    const { holdsBack, channel } = this.#options;
    // Before the push, in which the reader may ask for more already.
    if (holdsBack) channel.pause();
    if (data.length < SMALL_BYTES && this.bufferedBytes > 0) this.#small.add(data);
    else {
      this.#pushSmall();
      this.push(isSmallPart(data) ? Buffer.from(data) : data);
    }
    if (holdsBack && this.bufferedBytes < AHEAD_BYTES) channel.resume();
  }

  /** The peer has closed the connection: what came before is still read. */
  takeClose(error?: Error): void {
    if (this.#peerClosed) return;
    this.#peerClosed = true;
    this.#idle?.[Symbol.dispose]();
    if (error !== undefined) this.destroy(error);
    else {
      this.#pushSmall();
      this.push(null);
    }
  }

  override read(size?: number): Buffer | null {
    const data: Buffer | null = super.read(size);
    if (data !== null) this.#options.onTaken?.();
    return data;
  }

  override _read(): void {
    this.#pushSmall();
    if (this.#options.holdsBack) this.#options.channel.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: WriteCallback): void {
    this.#send(chunk, callback);
  }

  override _writev(chunks: { chunk: Buffer }[], callback: WriteCallback): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), callback);
  }

  override _final(callback: WriteCallback): void {
    if (!this.#peerClosed && !this.#options.halfClose()) {
      this.#idles = true;
      this.#expectMore();
    }
    callback();
  }

  override _destroy(error: Error | null, callback: WriteCallback): void {
    this.#idle?.[Symbol.dispose]();
    this.#small.clear();
    this.#options.onGone(this);
    callback(error);
  }

  #pushSmall(): void {
    for (let piece = this.#small.take(); piece !== undefined; piece = this.#small.take()) this.push(piece);
  }

  #send(data: Buffer, callback: WriteCallback): void {
    // What is said to a peer that has closed is lost, and what it said before must not be lost with it.
    if (this.#peerClosed || data.length === 0 || this.destroyed) return void callback();
    const { connectID, channel } = this.#options;
    const rest = data.subarray(PIECE_BYTES);
    channel.sendData(connectID, data.subarray(0, PIECE_BYTES), () => this.#send(rest, callback));
  }

  /** After our half-close nobody may ever say again that the connection is not needed. */
  #expectMore(): void {
    this.#idle?.[Symbol.dispose]();
    this.#idle = this.#options.clock.after(this.#options.halfCloseIdleMs, () => this.destroy());
  }
}
