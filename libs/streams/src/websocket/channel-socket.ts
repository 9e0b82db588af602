import { Readable, Writable } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { type ChannelForm, decodeChannelMessage, encodeChannelMessage } from './channel-message.ts';

/** How much of a channel waits for its reader before the connection is held back. */
const READ_AHEAD_BYTES = 256 * 1024;
/** How much of a channel waits for the connection before its writer is held back. */
const WRITE_AHEAD_BYTES = 64 * 1024;
/** v5: a message of this channel ends the channel that its one byte names. */
const CLOSE_CHANNEL = 255;

const NORMAL_CLOSURE = 1000;

/** Byte streams over one WebSocket, told apart by the first byte of each message. */
export class ChannelSocket {
  /** Resolves when the connection has ended, however it did. */
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  readonly #form: ChannelForm;
  readonly #readers = new Map<number, Readable>();
  readonly #behind = new Set<number>();

  constructor(socket: WebSocket, form: ChannelForm) {
    this.#socket = socket;
    this.#form = form;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    socket.on('message', (message) => this.#receive(bufferOf(message)));
    // A faulty frame closes the connection; there is nobody to tell.
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const reader of this.#readers.values()) reader.push(null);
      resolve();
    });
  }

  /** What the client sends on a channel. It ends when the client says so (v5), or with the connection. */
  reader(channel: number): Readable {
    const reader = new Readable({
      highWaterMark: READ_AHEAD_BYTES,
      read: () => this.#holdBack(channel, false),
      destroy: (error, done) => {
        this.#readers.delete(channel);
        this.#holdBack(channel, false);
        done(error);
      },
    });
    this.#readers.set(channel, reader);
    return reader;
  }

  /** Sends on a channel; a write is done when the connection has taken it. Ending it says nothing to the client. */
  writer(channel: number): Writable {
    return new Writable({
      highWaterMark: WRITE_AHEAD_BYTES,
      write: (data: Buffer, _encoding, done) => this.send(channel, data, done),
    });
  }

  send(channel: number, data: Buffer, done?: (error?: Error) => void): void {
    const message = encodeChannelMessage(this.#form, { channel, data });
    this.#socket.send(message, { binary: this.#form === 'binary' }, done);
  }

  /** Closes it once all that was sent has gone out. */
  close(): void {
    this.#socket.close(NORMAL_CLOSURE);
  }

  /** Ends it at once. */
  destroy(): void {
    this.#socket.terminate();
  }

  #receive(bytes: Buffer): void {
    const message = decodeChannelMessage(this.#form, bytes);
    if (message === undefined) return;
    const { channel, data } = message;
    if (channel === CLOSE_CHANNEL && data.length === 1) {
      const reader = this.#readers.get(data[0]!);
      this.#readers.delete(data[0]!);
      reader?.push(null);
      return;
    }
    if (data.length > 0 && this.#readers.get(channel)?.push(data) === false) this.#holdBack(channel, true);
  }

  #holdBack(channel: number, behind: boolean): void {
    if (behind) {
      this.#behind.add(channel);
      this.#socket.pause();
    } else if (this.#behind.delete(channel) && this.#behind.size === 0) this.#socket.resume();
  }
}

function bufferOf(message: RawData): Buffer {
  if (Array.isArray(message)) return Buffer.concat(message);
  return Buffer.isBuffer(message) ? message : Buffer.from(message);
}
