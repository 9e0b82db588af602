import { Readable, Writable } from 'node:stream';
import {
  ChannelDecoder,
  type ChannelForm,
  type ChannelPiece,
  encodeChannelMessage,
} from './channel-message.ts';
import type { WebSocketConnection } from './web-socket-connection.ts';
import { CloseCode, WebSocketError } from './web-socket-error.ts';
import { type MessagePiece, Opcode } from './web-socket-frames.ts';

/** How much of a channel waits for its reader before the connection is held back. */
const READ_AHEAD_BYTES = 256 * 1024;
/** How much of a channel waits for the connection before its writer is held back. */
const WRITE_AHEAD_BYTES = 64 * 1024;
/** One message is not larger: clients read them whole. */
const MAX_MESSAGE_BYTES = 256 * 1024;
/** v5: a message of this channel ends the channel that its one byte names. */
const CLOSE_CHANNEL = 255;

export interface ChannelSocketOptions {
  readonly form: ChannelForm;
  /** Whether the client can end a channel (v5). */
  readonly closeSignal: boolean;
}

/** Byte streams over one WebSocket, told apart by the first byte of each message. */
export class ChannelSocket {
  /** Resolves when the connection has ended, however it did. */
  readonly closed: Promise<void>;
  readonly #connection: WebSocketConnection;
  readonly #options: ChannelSocketOptions;
  readonly #decoder: ChannelDecoder;
  readonly #readers = new Map<number, Readable>();
  readonly #writers = new Set<Writable>();
  readonly #behind = new Set<number>();
  #toClose: number[] = [];

  constructor(connection: WebSocketConnection, options: ChannelSocketOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#decoder = new ChannelDecoder(options.form);
    this.closed = connection.closed;
    void connection.closed.then(() => {
      this.#endReaders();
      for (const writer of this.#writers) writer.destroy();
    });
  }

  /** Begins to read, once the readers are there. @param head what came with the request. */
  start(head: Buffer): void {
    this.#connection.start(head, (piece) => this.#receive(piece));
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

  /**
   * Sends on a channel; a write is done when the connection has taken it. Ending it says nothing to the client. It
   * is destroyed, without an error, when the connection ends.
   */
  writer(channel: number): Writable {
    const writer = new Writable({
      highWaterMark: WRITE_AHEAD_BYTES,
      write: (data: Buffer, _encoding, done) => this.#write(channel, data, done),
      destroy: (error, done) => {
        this.#writers.delete(writer);
        done(error);
      },
    });
    // Writing to a client that is gone must not end the service.
    writer.on('error', () => {});
    this.#writers.add(writer);
    return writer;
  }

  /** Sends a message. @param done is called when the connection has taken it, or will not. */
  send(channel: number, data: Buffer, done?: (error?: Error | null) => void): void {
    const { form } = this.#options;
    const opcode = form === 'binary' ? Opcode.binary : Opcode.text;
    this.#connection.send(opcode, encodeChannelMessage(form, channel, data), done);
  }

  /** Takes in nothing more, ends the readers, and closes the connection once all that was sent has gone out. */
  close(code?: number): void {
    this.#behind.clear();
    this.#endReaders();
    this.#connection.close(code);
  }

  /** Ends it at once. */
  destroy(): void {
    this.#connection.destroy();
  }

  #write(channel: number, data: Buffer, done: (error?: Error | null) => void): void {
    let from = 0;
    for (; data.length - from > MAX_MESSAGE_BYTES; from += MAX_MESSAGE_BYTES)
      this.send(channel, data.subarray(from, from + MAX_MESSAGE_BYTES));
    this.send(channel, data.subarray(from), done);
  }

  #receive(piece: MessagePiece): void {
    const decoded = this.#decoder.decode(piece);
    if (decoded === undefined) return;
    if (this.#options.closeSignal && decoded.channel === CLOSE_CHANNEL)
      return void this.#receiveClose(decoded);
    const { channel, data } = decoded;
    if (data.length > 0 && this.#readers.get(channel)?.push(data) === false) this.#holdBack(channel, true);
  }

  /** The signal must be whole before it says which channel it ends. */
  #receiveClose({ data, last }: ChannelPiece): void {
    this.#toClose.push(...data.subarray(0, 2));
    if (!last && this.#toClose.length < 2) return;
    const [channel] = this.#toClose;
    if (this.#toClose.length !== 1)
      throw new WebSocketError(CloseCode.protocolError, 'one channel byte follows a stream close signal');
    this.#toClose = [];
    const reader = this.#readers.get(channel!);
    this.#readers.delete(channel!);
    reader?.push(null);
  }

  #endReaders(): void {
    for (const reader of this.#readers.values()) reader.push(null);
    this.#readers.clear();
  }

  #holdBack(channel: number, behind: boolean): void {
    if (behind) {
      this.#behind.add(channel);
      this.#connection.pause();
    } else if (this.#behind.delete(channel) && this.#behind.size === 0) this.#connection.resume();
  }
}
