import type { Duplex } from 'node:stream';
import { type Clock, ReceiveQueue } from '@hawser/runtime';
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
  /** The target has taken something. */
  readonly onTaken: (() => void) | undefined;
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
  /** What the target has not asked for yet. Given to it at once it would be written as one, and none of it be seen to go. */
  readonly #queue = new ReceiveQueue();
  #full = false;
  #ending = false;
  /** What the target said and was not sent yet; under Bun it may say something, and its end, while it is paused. */
  readonly #unsent: Buffer[] = [];
  /** Whether a part of what the target said waits for the channel. */
  #sending = false;
  #targetEnded = false;
  #over = false;

  constructor(target: Duplex, options: TargetConnectionOptions) {
    this.target = target;
    this.connectID = options.connectID;
    this.random = options.random;
    this.#options = options;
  }

  get bufferedBytes(): number {
    return this.#queue.bytes + this.target.writableLength;
  }

  get carried(): CarriedBytes {
    return { toTarget: this.#toTarget, fromTarget: this.#fromTarget };
  }

  /** Carries on what the target says, from now on. */
  start(): void {
    const { target } = this;
    target.on('error', (error) => this.#finish(error.message));
    target.on('close', () => this.#targetHasEnded());
    target.on('end', () => this.#targetHasEnded());
    target.on('drain', () => this.#drain());
    target.on('data', (chunk: Buffer) => this.#send(chunk));
    if (target.destroyed) this.#finish('');
  }

  /** Data has come for the target. */
  take(data: Buffer): void {
    if (this.#over || this.#ending || data.length === 0 || !this.target.writable) return;
    this.#toTarget += data.length;
    if (this.#full) this.#queue.add(data);
    else this.#full = !this.target.write(data);
    if (this.#full && this.#options.holdsBack) this.#options.channel.pause();
  }

  /** There will be no more for the target. */
  end(): void {
    this.#ending = true;
    if (this.#queue.bytes === 0) this.target.end();
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

  /** Gives the target as much as it takes at once. */
  #drain(): void {
    if (this.#over) return;
    this.#full = false;
    while (!this.#full && this.#queue.bytes > 0) this.#full = !this.target.write(this.#queue.take()!);
    if (this.#ending && this.#queue.bytes === 0) this.target.end();
    if (this.#options.holdsBack) this.#options.channel.resume();
    this.#options.onTaken?.();
  }

  /** It is told after all that the target said. */
  #targetHasEnded(): void {
    this.#targetEnded = true;
    if (!this.#sending) this.#finish('');
  }

  #send(chunk: Buffer): void {
    if (this.#over) return;
    this.#fromTarget += chunk.length;
    this.#unsent.push(chunk);
    if (!this.#sending) this.#sendNext();
  }

  /** Sends what the target said, piece by piece and in its order; meanwhile it is not asked for more. */
  #sendNext(): void {
    const chunk = this.#unsent.shift();
    this.#sending = chunk !== undefined;
    if (chunk === undefined) {
      if (this.#targetEnded) this.#finish('');
      else if (this.target.isPaused()) this.target.resume();
      return;
    }
    const { channel, connectID } = this.#options;
    const sendFrom = (at: number): void => {
      if (this.#over) return;
      if (at >= chunk.length) return void this.#sendNext();
      let sent = false;
      channel.sendData(connectID, chunk.subarray(at, at + PIECE_BYTES), () => {
        sent = true;
        sendFrom(at + PIECE_BYTES);
      });
      if (!sent) this.target.pause();
    };
    sendFrom(0);
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
    for (let data = this.#queue.take(); data !== undefined; data = this.#queue.take()) target.write(data);
    target.resume().end(() => target.destroy());
  }
}
