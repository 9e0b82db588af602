import { Duplex } from 'node:stream';
import type { Channel } from 'ssh2';

/** Waits until the connection that all channels share takes more, then calls back. */
export type WhenWritable = (callback: () => void) => void;

/**
 * A channel as a byte stream that keeps what streams promise and ssh2's channels do not: a connection that was cut
 * is an error and not an end, `destroy` says what it was given, and a write calls back once the peer's window and
 * the connection have taken it. Ends travel each way by themselves.
 */
export class ChannelStream extends Duplex {
  readonly #channel: Channel;
  readonly #whenWritable: WhenWritable;
  /** The write that the channel has not taken yet. */
  #pending: ((error?: Error) => void) | undefined;
  #isClosed = false;

  constructor(channel: Channel, whenWritable: WhenWritable) {
    super({ allowHalfOpen: true });
    this.#channel = channel;
    this.#whenWritable = whenWritable;
    channel.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause();
    });
    channel.on('end', () => this.push(null));
    channel.on('close', () => this.#closed());
    channel.on('error', (error: Error) => this.destroy(error));
    // The connection may be lost while nobody listens: that must not end the process.
    this.on('error', () => {});
    channel.pause();
  }

  /** What the peer has sent and nobody has taken: bounded by the channel's window, if the peer keeps to it. */
  get unreadBytes(): number {
    return this.readableLength + this.#channel.readableLength;
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#pending = callback;
    this.#whenWritable(() => {
      if (this.#isClosed) this.#settle(gone());
      else if (!this.destroyed) this.#channel.write(chunk, () => this.#settle());
    });
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#channel.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#pending = undefined;
    this.#channel.destroy();
    // What is still on its way is read and dropped, so that the channel can end.
    this.#channel.resume();
    callback(error);
  }

  /** The peer takes no more: a write that waits for its window would wait for ever. */
  #closed(): void {
    this.#isClosed = true;
    this.#settle(gone());
  }

  #settle(error?: Error): void {
    const callback = this.#pending;
    this.#pending = undefined;
    callback?.(error);
  }
}

const gone = () =>
  Object.assign(new Error('write EPIPE: the peer has closed the channel'), { code: 'EPIPE' });
