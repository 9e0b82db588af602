import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '@hawser/runtime';
import { CloseDeadline } from '../close-deadline.ts';
import { DEFAULT_KEEP_ALIVE, KeepAlive, type KeepAliveOptions } from '../keep-alive.ts';
import { CloseCode, WebSocketError } from './web-socket-error.ts';
import { frameHead, type MessagePiece, Opcode, WebSocketReader } from './web-socket-frames.ts';

export interface WebSocketOptions {
  readonly clock?: Clock;
  readonly keepAlive?: KeepAliveOptions;
}

/** So many bytes of answers to pings may wait; a peer that reads none gets no more. */
const MAX_PONG_BACKLOG_BYTES = 16 * 1024;
/** Smaller messages go out in one piece with their head; larger ones are not copied. */
const COPIED_BYTES = 4096;

/**
 * The server's side of a WebSocket (RFC 6455) whose handshake is done. Messages are handed on in pieces as they
 * come, and writing waits for the connection, so that nothing is kept here whatever either side sends.
 */
export class WebSocketConnection {
  /** Resolves when the connection has ended, however it did. */
  readonly closed: Promise<void>;
  readonly #socket: Duplex;
  readonly #keepAlive: KeepAlive;
  readonly #reader: WebSocketReader;
  readonly #closeDeadline: CloseDeadline;
  #onPiece: ((piece: MessagePiece) => void) | undefined;
  #paused = false;
  #pongBacklog = 0;
  #closeSent = false;
  #closeReceived = false;

  constructor(
    socket: Duplex,
    { clock = systemClock, keepAlive = DEFAULT_KEEP_ALIVE }: WebSocketOptions = {},
  ) {
    this.#socket = socket;
    this.#closeDeadline = new CloseDeadline(clock, () => socket.destroy());
    this.#reader = new WebSocketReader({
      message: (piece) => this.#onPiece?.(piece),
      control: (opcode, data) => this.#control(opcode, data),
    });
    this.#keepAlive = new KeepAlive(clock, keepAlive, {
      // A peer whose pings we do not read waits for pongs all the same; they may come unasked for (5.5.3).
      ping: () => this.#sendControl(this.#paused ? Opcode.pong : Opcode.ping, Buffer.alloc(0)),
      heldBack: () => this.#paused || socket.writableLength > 0,
      dead: () => socket.destroy(),
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    socket.on('error', () => {});
    // Whoever ends without a Close is gone.
    socket.on('end', () => {
      if (this.#closeSent) this.#endOutput();
      else socket.destroy();
    });
    socket.on('close', () => {
      this.#keepAlive[Symbol.dispose]();
      this.#closeDeadline[Symbol.dispose]();
      resolve();
    });
  }

  /**
   * Begins to read.
   * @param head what came with the request.
   * @param onPiece called for each part of a message; it may throw a WebSocketError.
   */
  start(head: Buffer, onPiece: (piece: MessagePiece) => void): void {
    this.#onPiece = onPiece;
    if (head.length > 0) this.#read(head);
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    if (this.#paused) this.#socket.pause();
    else this.#socket.resume();
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Stops reading: the peer is held back. */
  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#keepAlive.heard();
    this.#socket.resume();
  }

  /**
   * Sends a message.
   * @param opcode binary or text.
   * @param done is called when the connection has taken it, or will not.
   */
  send(opcode: number, parts: readonly Buffer[], done?: (error?: Error | null) => void): void {
    const socket = this.#socket;
    if (this.#closeSent || !socket.writable) return void done?.(new Error('the connection is closed'));
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const all = [frameHead(opcode, length), ...parts];
    if (length <= COPIED_BYTES) return void socket.write(Buffer.concat(all), done);
    socket.cork();
    for (const [index, part] of all.entries())
      socket.write(part, index === all.length - 1 ? done : undefined);
    socket.uncork();
  }

  /** Says Close after all that was sent, takes in nothing more, and ends when the peer has answered, or takes too long. */
  close(code: number = CloseCode.normal, reason = ''): void {
    this.#onPiece = undefined;
    this.resume();
    this.#sendClose(code, reason);
    this.#closeDeadline.start();
  }

  /** Ends it at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#keepAlive.heard();
    this.#closeDeadline.heard();
    // After the peer's Close nothing that it sends has a meaning (5.5.1).
    if (this.#closeReceived) return;
    try {
      this.#reader.push(chunk);
    } catch (error) {
      if (!(error instanceof WebSocketError)) throw error;
      this.#closeReceived = true;
      this.close(error.code, error.message);
      this.#endOutput();
    }
  }

  #control(opcode: number, data: Buffer): void {
    if (opcode === Opcode.ping) this.#sendControl(Opcode.pong, data);
    if (opcode !== Opcode.close) return;
    this.#closeReceived = true;
    this.#onPiece = undefined;
    // The answer repeats the code.
    this.#sendClose(data.length >= 2 ? data.readUInt16BE(0) : CloseCode.normal, '');
    this.#closeDeadline.start();
    this.#endOutput();
  }

  #endOutput(): void {
    const socket = this.#socket;
    if (!socket.destroyed) socket.end(() => socket.destroy());
  }

  #sendControl(opcode: number, data: Buffer): void {
    if (this.#closeSent || !this.#socket.writable || this.#pongBacklog > MAX_PONG_BACKLOG_BYTES) return;
    const frame = Buffer.concat([frameHead(opcode, data.length), data]);
    this.#pongBacklog += frame.length;
    this.#socket.write(frame, () => {
      this.#pongBacklog -= frame.length;
    });
  }

  #sendClose(code: number, reason: string): void {
    if (this.#closeSent || !this.#socket.writable) return;
    this.#closeSent = true;
    const text = Buffer.from(reason).subarray(0, 120);
    const payload = Buffer.alloc(2 + text.length);
    payload.writeUInt16BE(code, 0);
    text.copy(payload, 2);
    this.#socket.write(Buffer.concat([frameHead(Opcode.close, payload.length), payload]));
  }
}
