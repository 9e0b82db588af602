import type { Duplex } from 'node:stream';
import type { Clock } from '@hawser/runtime';
import type { Hoard } from './buffer-budget.ts';
import type { PacketChannel } from './packet-channel.ts';

/** Data is sent in pieces of this size, so that connections take turns. */
const PIECE_BYTES = 32 * 1024;
/** A target has so long to take what was said to it before its connection was closed. */
const FAREWELL_MS = 10_000;

export interface TargetConnectionOptions {
  readonly connectID: number;
  /** The dial that it comes of. */
  readonly random: bigint;
  readonly channel: PacketChannel;
  readonly clock: Clock;
  /** What the channel does for a target that is behind: it waits, since it is this connection's alone, or cannot. */
  readonly holdsBack: boolean;
  /** The connection is over; comes once. @param error why, or empty where it ended in order. */
  readonly onGone: (error: string) => void;
}

/** How much went through a connection, in bytes. */
export interface CarriedBytes {
  readonly toTarget: number;
  readonly fromTarget: number;
}

/** A connection to a target, as the side that made it has it. */
export class TargetConnection implements Hoard {
  readonly connectID: number;
  readonly random: bigint;
  readonly target: Duplex;
  readonly #options: TargetConnectionOptions;
  #toTarget = 0;
  #fromTarget = 0;
  #over = false;

  constructor(target: Duplex, options: TargetConnectionOptions) {
    this.target = target;
    this.connectID = options.connectID;
    this.random = options.random;
    this.#options = options;
  }

  get bufferedBytes(): number {
    return this.target.writableLength;
  }

  get carried(): CarriedBytes {
    return { toTarget: this.#toTarget, fromTarget: this.#fromTarget };
  }

  /** Carries on what the target says, from now on. */
  start(): void {
    const { target } = this;
    target.on('error', (error) => this.#finish(error.message));
    target.on('close', () => this.#finish(''));
    target.on('end', () => this.close());
    if (this.#options.holdsBack) target.on('drain', () => this.#options.channel.resume());
    target.on('data', (chunk: Buffer) => this.#send(chunk));
    if (target.destroyed) this.#finish('');
  }

  /** Data has come for the target. */
  take(data: Buffer): void {
    if (this.#over || data.length === 0 || !this.target.writable) return;
    this.#toTarget += data.length;
    if (!this.target.write(data) && this.#options.holdsBack) this.#options.channel.pause();
  }

  /** There will be no more for the target. */
  end(): void {
    this.target.end();
  }

  /** Closes the connection once the target has taken what was said to it. */
  close(): void {
    this.#finish('');
  }

  /** Closes the connection at once, for a reason that the peer is told. */
  fail(error: string): void {
    this.#finish(error);
    this.target.destroy();
  }

  /** Closes the connection at once: the channel is over. */
  abandon(): void {
    this.fail('tunnel closed');
  }

  #send(chunk: Buffer): void {
    if (this.#over) return;
    this.#fromTarget += chunk.length;
    const { channel, connectID } = this.#options;
    let waits = false;
    const send = (rest: Buffer): void => {
      if (this.#over) return;
      if (rest.length === 0) {
        if (waits) this.target.resume();
        return;
      }
      let sent = false;
      channel.sendData(connectID, rest.subarray(0, PIECE_BYTES), () => {
        sent = true;
        send(rest.subarray(PIECE_BYTES));
      });
      if (sent || waits) return;
      waits = true;
      this.target.pause();
    };
    send(chunk);
  }

  #finish(error: string): void {
    if (this.#over) return;
    this.#over = true;
    const { target } = this;
    const { clock, holdsBack, channel } = this.#options;
    if (holdsBack) channel.resume();
    this.#options.onGone(error);
    if (target.destroyed) return;
    const timer = clock.after(FAREWELL_MS, () => target.destroy());
    target.on('close', () => timer[Symbol.dispose]());
    // Unread, what the target still says would reset the connection, and with it what was said to the target.
    target.resume().end(() => target.destroy());
  }
}
