import { Duplex } from 'node:stream';
import { ReceiveQueue } from '@hawser/runtime';
import type { FrameWriter } from './frame-writer.ts';
import { encodeHeader, Flag, FrameType, INITIAL_WINDOW_BYTES } from './frames.ts';
import { ReceiveWindow, type SessionMemory } from './receive-window.ts';
import { StreamResetError, YamuxError } from './yamux-error.ts';

/**
 * Node's stream takes one piece out of our queue before its reader asks for it: of more it would keep small pieces each
 * by itself, which weigh a hundred times what they hold.
 */
const READ_AHEAD_BYTES = 1;
/** How much of a stream waits for the connection, or the peer's window, before its writer is held back. */
const WRITE_AHEAD_BYTES = 256 * 1024;
/** What no window can be: the field of a header that raises it has 32 bits. */
const MAX_WINDOW_BYTES = 0xffff_ffff;

/** Whether a view would keep far more alive than it shows, should its reader keep it. */
function isSmallPart(piece: Buffer): boolean {
  return piece.length * 16 < piece.buffer.byteLength;
}

/** What a stream needs of its session. */
export interface StreamCarrier {
  readonly memory: SessionMemory;
  /** How many streams share that memory, those included whose readers are left with what had come. */
  readonly streams: number;
  /** The stream has something to send. */
  ready(stream: YamuxStream): void;
  sendWindowUpdate(streamId: number, raiseBytes: number): void;
  sendReset(streamId: number): void;
  /** Nothing more comes or goes; what had come is still to be read. */
  linger(stream: YamuxStream): void;
  /** The stream is over. */
  forget(stream: YamuxStream): void;
}

/**
 * One stream of a session. `end()` ends our half (FIN), the peer's goes on; it is reset (RST) when it is destroyed
 * before both have ended. One that the peer resets, or that goes with its session, is destroyed with a
 * `StreamResetError`. Chunks are sent without being copied: they must stay as they were when written.
 */
export class YamuxStream extends Duplex {
  readonly id: number;
  readonly #carrier: StreamCarrier;
  readonly #incoming = new ReceiveQueue();
  readonly #window: ReceiveWindow;
  #wanted = false;
  #peerEnded = false;
  #outgoing: Buffer[] = [];
  #outgoingBytes = 0;
  #sendWindow = INITIAL_WINDOW_BYTES;
  #written: ((error?: Error | null) => void) | undefined;
  #fin: ((error?: Error | null) => void) | undefined;
  #peerKnows = true;
  #lost: Error | undefined;

  constructor(carrier: StreamCarrier, id: number) {
    super({
      allowHalfOpen: true,
      readableHighWaterMark: READ_AHEAD_BYTES,
      writableHighWaterMark: WRITE_AHEAD_BYTES,
    });
    this.#carrier = carrier;
    this.id = id;
    this.#window = new ReceiveWindow(carrier.memory);
    // Losing a stream that nobody uses any more must not end the service.
    this.on('error', () => {});
  }

  /**
   * A data frame has begun: whether its peer may send so much, which is asked before anything of it is taken in.
   * @throws YamuxError when it may not.
   */
  expect(bytes: number): void {
    if (this.#peerEnded && bytes > 0) throw new YamuxError(`data after the end of stream ${this.id}`);
    if (!this.#window.take(bytes))
      throw new YamuxError(`more data than the window of stream ${this.id} takes`);
  }

  /** A piece of what has come for it. */
  receive(piece: Buffer): void {
    if (this.destroyed) return;
    const direct = this.#wanted && this.readableFlowing && this.readableLength === 0;
    if (direct && this.#incoming.bytes === 0) {
      this.#wanted = this.push(isSmallPart(piece) ? Buffer.from(piece) : piece);
      return void this.#read(piece.length);
    }
    const { memory, streams } = this.#carrier;
    this.#incoming.add(piece);
    memory.unreadBytes += piece.length;
    if (this.#wanted) this.#deliver();
    // Whoever holds more than its share then makes room; those who read have next to nothing here.
    const { bytes } = this.#incoming;
    if (memory.unreadBytes > memory.maxUnreadBytes && bytes > memory.maxUnreadBytes / streams)
      this.destroy(new StreamResetError('too much of the session waits unread'));
  }

  /** The peer's half has ended. */
  receiveEnd(): void {
    if (this.#peerEnded || this.destroyed) return;
    this.#peerEnded = true;
    if (this.#incoming.bytes === 0) this.push(null);
  }

  /** @throws YamuxError when the window becomes larger than any can be. */
  raiseSendWindow(bytes: number): void {
    this.#sendWindow += bytes;
    if (this.#sendWindow > MAX_WINDOW_BYTES)
      throw new YamuxError(`the window of stream ${this.id} is too large`);
    if (this.#outgoingBytes > 0) this.#carrier.ready(this);
  }

  /** Hands on a frame of at most so many bytes. @returns whether there is more that could be sent now. */
  sendFrame(writer: FrameWriter, maxBytes: number): boolean {
    if (this.destroyed) return false;
    if (this.#outgoingBytes === 0) return this.#sendFin(writer);
    const length = Math.min(this.#outgoingBytes, this.#sendWindow, maxBytes);
    if (length === 0) return false;
    this.#sendWindow -= length;
    writer.add(encodeHeader(FrameType.data, 0, this.id, length));
    this.#sendBytes(writer, length);
    if (this.#outgoingBytes > 0) return this.#sendWindow > 0;
    this.#settleWrite();
    return false;
  }

  /**
   * It was taken away, by the peer or with the session. What had come whole can still be read; it is lost after that,
   * and its writers wait until then.
   */
  lose(reason: Error): void {
    this.#peerKnows = false;
    if (!this.#peerEnded || this.readableEnded) return void this.destroy(reason);
    this.#carrier.linger(this);
    if (this.writableFinished || this.#lost !== undefined) return;
    this.#lost = reason;
    this.#clearOutgoing();
    this.once('end', () => this.destroy(reason));
  }

  override _read(): void {
    this.#wanted = true;
    if (this.#incoming.bytes > 0) this.#deliver();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#send([chunk], done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#fin = done;
    if (this.#lost === undefined) this.#carrier.ready(this);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const over = this.writableFinished && this.#peerEnded;
    if (this.#peerKnows && !over) this.#carrier.sendReset(this.id);
    this.#carrier.memory.unreadBytes -= this.#incoming.bytes;
    this.#incoming.clear();
    this.#window.release();
    this.#carrier.forget(this);
    this.#clearOutgoing();
    const reason = error ?? new StreamResetError('the stream was closed');
    this.#settleWrite(reason);
    this.#settleFin(reason);
    done(error);
  }

  #deliver(): void {
    const { memory } = this.#carrier;
    while (this.#wanted) {
      const piece = this.#incoming.take();
      if (piece === undefined) break;
      memory.unreadBytes -= piece.length;
      this.#wanted = this.push(piece);
      this.#read(piece.length);
      if (this.destroyed) return;
    }
    if (this.#incoming.bytes === 0 && this.#peerEnded) this.push(null);
  }

  #read(bytes: number): void {
    if (this.#peerEnded || this.destroyed) return;
    const raise = this.#window.read(bytes);
    if (raise > 0) this.#carrier.sendWindowUpdate(this.id, raise);
  }

  #send(chunks: Buffer[], done: (error?: Error | null) => void): void {
    this.#written = done;
    if (this.#lost !== undefined) return;
    for (const chunk of chunks) {
      if (chunk.length === 0) continue;
      this.#outgoing.push(chunk);
      this.#outgoingBytes += chunk.length;
    }
    if (this.#outgoingBytes > 0) this.#carrier.ready(this);
    else this.#settleWrite();
  }

  #sendBytes(writer: FrameWriter, length: number): void {
    for (let left = length; left > 0; ) {
      const chunk = this.#outgoing[0]!;
      if (chunk.length > left) {
        writer.add(chunk.subarray(0, left));
        this.#outgoing[0] = chunk.subarray(left);
        break;
      }
      writer.add(chunk);
      this.#outgoing.shift();
      left -= chunk.length;
    }
    this.#outgoingBytes -= length;
  }

  #sendFin(writer: FrameWriter): boolean {
    if (this.#fin !== undefined) writer.add(encodeHeader(FrameType.windowUpdate, Flag.fin, this.id, 0));
    this.#settleFin();
    return false;
  }

  #clearOutgoing(): void {
    this.#outgoing = [];
    this.#outgoingBytes = 0;
  }

  #settleWrite(error?: Error): void {
    const done = this.#written;
    this.#written = undefined;
    done?.(error);
  }

  #settleFin(error?: Error): void {
    const done = this.#fin;
    this.#fin = undefined;
    done?.(error);
  }
}
