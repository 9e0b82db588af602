import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { DialError, joinHostPort, peerText, type Target } from '@hawser/dial';
import { Code, type GrpcCall, type GrpcStatus } from '@hawser/grpc';
import { type Clock, systemClock } from '@hawser/runtime';
import type { Packet } from '../packet/packet.ts';
import { BufferBudget, type BufferLimits, DEFAULT_BUFFER_LIMITS } from './buffer-budget.ts';
import { PacketChannel } from './packet-channel.ts';
import { TunnelStream } from './tunnel-stream.ts';

/** Upstream's client gives a dial up after so long, whoever waits for it. */
const DIAL_TIMEOUT_MS = 30_000;
/** A dial that is answered late makes one ask whether the peer is there at all. */
const DOUBT_MS = 1_000;
/** How long a connection that we closed may take to be closed by the peer, before it is forgotten. */
const CLOSE_TIMEOUT_MS = 10_000;
/** More than are ever closed in that time: they are of a peer that makes them up. */
const MAX_CLOSING = 65_536;
/** See TunnelStreamOptions. */
const HALF_CLOSE_IDLE_MS = 30_000;

/** The channel ended, and with it whatever was to go through it. */
export class TunnelClosedError extends DialError {
  override name = 'TunnelClosedError';
}

export interface TunnelClientOptions {
  readonly dialTimeoutMs?: number;
  readonly halfCloseIdleMs?: number;
  readonly bufferLimits?: BufferLimits;
  /** Whether the channel carries one connection alone: then a reader that is behind holds it back. */
  readonly single?: boolean;
  /** Passes the end of our half on. @returns false where the peer knows no way. */
  readonly halfClose?: () => boolean;
  /** Called when a dial has waited for long: asks whether the peer is there, and ends the link if not. */
  readonly doubt?: () => void;
  readonly doubtMs?: number;
  /** A connection was closed because its reader had stopped, too far behind, and held up others. */
  readonly onOverflow?: (stream: Duplex) => void;
  readonly clock?: Clock;
}

interface PendingDial {
  readonly target: Target;
  readonly resolve: (stream: Duplex) => void;
  readonly reject: (error: Error) => void;
}

/** Dials through a channel of packets: the server towards an agent, a front end's client towards a server. */
export class TunnelClient {
  /** Resolves when the channel is over, with how it ended. */
  readonly closed: Promise<GrpcStatus>;
  readonly #channel: PacketChannel;
  readonly #options: TunnelClientOptions;
  readonly #clock: Clock;
  readonly #budget: BufferBudget<TunnelStream>;
  readonly #pending = new Map<bigint, PendingDial>();
  readonly #streams = new Map<number, TunnelStream>();
  /** Connections that we closed and the peer has not: what is under way for them is dropped. */
  readonly #closing = new Map<number, Disposable>();
  #draining = false;
  #over: GrpcStatus | undefined;

  constructor(call: GrpcCall, options: TunnelClientOptions = {}) {
    const { promise, resolve } = Promise.withResolvers<GrpcStatus>();
    this.closed = promise;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#channel = new PacketChannel(call);
    const link = {
      hold: () => this.#channel.pause(),
      release: () => this.#channel.resume(),
      isAlone: (stream: TunnelStream) => this.#isAlone(stream),
      giveUp: (stream: TunnelStream) => this.#giveUp(stream),
    };
    this.#budget = new BufferBudget(options.bufferLimits ?? DEFAULT_BUFFER_LIMITS, link, this.#clock);
    this.#channel.start({
      packet: (packet) => this.#take(packet),
      closed: (status) => {
        this.#end(status);
        resolve(status);
      },
    });
  }

  /** Whether the peer has asked for no further dials. */
  get draining(): boolean {
    return this.#draining;
  }

  get tunnels(): number {
    return this.#streams.size;
  }

  get pendingDials(): number {
    return this.#pending.size;
  }

  /**
   * Has the peer connect to a target.
   * @throws DialError with the peer's reason; when the signal aborts, the time is up, or the channel ends.
   */
  dial(target: Target, signal?: AbortSignal): Promise<Duplex> {
    if (this.#over !== undefined) return Promise.reject(endedBy(this.#over));
    if (signal?.aborted)
      return Promise.reject(new DialError('dial timeout, context', { cause: signal.reason }));
    const random = this.#newRandom();
    const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
    this.#pending.set(random, { target, resolve, reject });
    const giveUp = (error: DialError) => {
      this.#pending.delete(random);
      this.#channel.send({ type: 'DIAL_CLS', random });
      reject(error);
    };
    const onAbort = () => giveUp(new DialError('dial timeout, context', { cause: signal?.reason }));
    const { dialTimeoutMs = DIAL_TIMEOUT_MS, doubt = () => {}, doubtMs = DOUBT_MS } = this.#options;
    const timers = [
      this.#clock.after(doubtMs, doubt),
      this.#clock.after(dialTimeoutMs, () => giveUp(new DialError('dial timeout, backstop'))),
    ];
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#channel.send({ type: 'DIAL_REQ', protocol: 'tcp', address: joinHostPort(target), random });
    return promise.finally(() => {
      signal?.removeEventListener('abort', onAbort);
      for (const timer of timers) timer[Symbol.dispose]();
    });
  }

  /** Ends the channel and every connection through it. */
  cancel(status: GrpcStatus): void {
    this.#channel.cancel(status);
  }

  /** As upstream's: 63 bits, and of no dial that waits. */
  #newRandom(): bigint {
    for (;;) {
      const random = BigInt.asUintN(63, randomBytes(8).readBigUInt64BE());
      if (random !== 0n && !this.#pending.has(random)) return random;
    }
  }

  #take(packet: Packet): void {
    switch (packet.type) {
      case 'DIAL_RSP':
        this.#takeDialed(packet);
        break;
      case 'DIAL_CLS':
        this.#settle(packet.random)?.reject(new DialError('dial closed'));
        break;
      case 'DATA':
        this.#takeData(packet.connectID, packet.data);
        break;
      case 'CLOSE_RSP':
        this.#takeClosed(packet);
        break;
      case 'DRAIN':
        this.#draining = true;
    }
  }

  #takeDialed({ random, connectID, error }: Packet & { type: 'DIAL_RSP' }): void {
    const dial = this.#settle(random);
    if (error !== '') return void dial?.reject(new DialError(peerText(error)));
    if (connectID === 0 || this.#streams.has(connectID))
      return void dial?.reject(new DialError(`peer answered a dial with connection ID ${connectID}`));
    // Of a dial that was given up: its connection is of use to nobody.
    if (dial === undefined) return void this.#close(connectID);
    const stream = this.#newStream(connectID);
    this.#streams.set(connectID, stream);
    dial.resolve(stream);
  }

  #newStream(connectID: number): TunnelStream {
    const { single = false, halfClose = () => false, halfCloseIdleMs = HALF_CLOSE_IDLE_MS } = this.#options;
    const stream = new TunnelStream({
      connectID,
      channel: this.#channel,
      clock: this.#clock,
      holdsBack: single,
      onTaken: single ? undefined : () => this.#budget.taken(stream),
      halfClose,
      halfCloseIdleMs,
      onGone: () => this.#gone(stream),
    });
    // Without this listener an error would end the process; whoever uses the stream has their own.
    stream.on('error', () => {});
    return stream;
  }

  #settle(random: bigint): PendingDial | undefined {
    const dial = this.#pending.get(random);
    this.#pending.delete(random);
    return dial;
  }

  #takeData(connectID: number, data: Buffer): void {
    const stream = this.#streams.get(connectID);
    if (stream === undefined) {
      if (connectID !== 0 && !this.#closing.has(connectID)) this.#close(connectID);
      return;
    }
    stream.takeData(data);
    if (!this.#options.single) this.#budget.added(stream);
  }

  /** The link is nobody else's, nor does a dial wait for its answer. */
  #isAlone(stream: TunnelStream): boolean {
    return this.#pending.size === 0 && this.#streams.size === 1 && this.#streams.has(stream.connectID);
  }

  #giveUp(stream: TunnelStream): void {
    this.#options.onOverflow?.(stream);
    stream.destroy(new Error(`konnectivity: reader is ${stream.bufferedBytes} bytes behind`));
  }

  #takeClosed({ connectID, error }: Packet & { type: 'CLOSE_RSP' }): void {
    this.#closing.get(connectID)?.[Symbol.dispose]();
    this.#closing.delete(connectID);
    const stream = this.#streams.get(connectID);
    this.#streams.delete(connectID);
    if (stream === undefined) return;
    this.#budget.complete(stream);
    stream.takeClose(error === '' ? undefined : new Error(`konnectivity: ${peerText(error)}`));
  }

  #gone(stream: TunnelStream): void {
    this.#budget.forget(stream);
    const { connectID } = stream;
    if (this.#streams.get(connectID) === stream) this.#streams.delete(connectID);
    if (!stream.peerClosed && this.#over === undefined) this.#close(connectID);
  }

  #close(connectID: number): void {
    this.#channel.send({ type: 'CLOSE_REQ', connectID });
    this.#closing.get(connectID)?.[Symbol.dispose]();
    if (this.#closing.size >= MAX_CLOSING)
      this.cancel({ code: Code.internal, message: 'peer sends data of connections that are not' });
    if (this.#over !== undefined) return;
    this.#closing.set(
      connectID,
      this.#clock.after(CLOSE_TIMEOUT_MS, () => this.#closing.delete(connectID)),
    );
  }

  #end(status: GrpcStatus): void {
    this.#over = status;
    for (const timer of this.#closing.values()) timer[Symbol.dispose]();
    this.#closing.clear();
    for (const { reject } of this.#pending.values()) reject(endedBy(status));
    this.#pending.clear();
    for (const stream of this.#streams.values()) stream.destroy(endedBy(status));
    this.#streams.clear();
  }
}

function endedBy({ message }: GrpcStatus): TunnelClosedError {
  return new TunnelClosedError(`tunnel closed${message === '' ? '' : `: ${peerText(message)}`}`);
}
