import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { encodeFrame } from './channel-frame.ts';

/** So much input is on its way at most: a process that reads none must not hold up what else the channel carries. */
const WINDOW_BYTES = 256 * 1024;
const FRAME_BYTES = 64 * 1024;

/** Sends a stream as the input of a channel, as fast as the process at its end takes it. */
export class InputSender implements Disposable {
  readonly #socket: Socket;
  readonly #stdin: Readable;
  #queue: Buffer[] = [];
  #onTheWay = 0;
  #ended = false;
  readonly #onTaken: () => void;

  /** @param onTaken called when the stream has ended and the process has taken all of it. */
  constructor(socket: Socket, stdin: Readable, onTaken: () => void = () => {}) {
    this.#socket = socket;
    this.#stdin = stdin;
    this.#onTaken = onTaken;
    stdin.on('data', this.#add);
    stdin.once('end', this.#end);
    stdin.once('close', this.#end);
    if (stdin.readableEnded || stdin.destroyed) this.#end();
  }

  /** The process has taken so many bytes. */
  taken(bytes: number): void {
    this.#onTheWay -= bytes;
    this.#send();
    if (this.#queue.length > 0) return;
    this.#stdin.resume();
    if (this.#ended && this.#onTheWay === 0) this.#onTaken();
  }

  /** Lets go of the stream, which is left as it is. */
  [Symbol.dispose](): void {
    this.#stdin.off('data', this.#add);
    this.#stdin.off('end', this.#end);
    this.#stdin.off('close', this.#end);
    this.#queue = [];
  }

  readonly #add = (chunk: Buffer): void => {
    this.#queue.push(chunk);
    this.#send();
    if (this.#queue.length > 0) this.#stdin.pause();
  };

  readonly #end = (): void => {
    if (this.#ended) return;
    this.#ended = true;
    this.#send();
    if (this.#onTheWay === 0) this.#onTaken();
  };

  #send(): void {
    while (this.#queue.length > 0 && this.#onTheWay < WINDOW_BYTES) {
      const [chunk] = this.#queue as [Buffer];
      const piece = chunk.subarray(0, FRAME_BYTES);
      this.#onTheWay += piece.length;
      this.#write(piece);
      if (piece.length < chunk.length) this.#queue[0] = chunk.subarray(piece.length);
      else this.#queue.shift();
    }
    if (this.#ended && this.#queue.length === 0) this.#write(Buffer.alloc(0));
  }

  #write(data: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(encodeFrame('I', data));
  }
}
