import type { Duplex } from 'node:stream';
import type { Target } from '@hawser/dial';
import { splitHostPort } from '@hawser/dial';
import type { GrpcCall, GrpcStatus } from '@hawser/grpc';
import { type Clock, systemClock } from '@hawser/runtime';
import type { Packet } from '../packet/packet.ts';
import { BufferBudget, type BufferLimits, DEFAULT_BUFFER_LIMITS } from './buffer-budget.ts';
import { PacketChannel } from './packet-channel.ts';
import { type CarriedBytes, TargetConnection } from './target-connection.ts';

export interface TunnelServerOptions {
  /** @throws Error whose message goes back to who asked. */
  readonly dialTarget: (target: Target, signal: AbortSignal) => Promise<Duplex>;
  readonly bufferLimits?: BufferLimits;
  /** Whether the channel carries one connection alone: then a target that is behind holds it back, and it is over with it. */
  readonly single?: boolean;
  /** The one connection of the channel is over. */
  readonly onDone?: () => void;
  /** A connection to a target is over. @param error why, or empty where it ended in order. */
  readonly onClosed?: (target: Duplex, carried: CarriedBytes, error: string) => void;
  /** A connection was closed because its target had stopped, too far behind, and held up others. */
  readonly onOverflow?: (target: Duplex) => void;
  readonly clock?: Clock;
}

/** Connects to targets for the other end of a channel of packets: an agent for its server, a server for a front end. */
export class TunnelServer {
  /** Resolves when the channel is over, with how it ended. */
  readonly closed: Promise<GrpcStatus>;
  readonly #channel: PacketChannel;
  readonly #options: TunnelServerOptions;
  readonly #clock: Clock;
  readonly #budget: BufferBudget<TargetConnection>;
  readonly #dials = new Map<bigint, AbortController>();
  readonly #connections = new Map<number, TargetConnection>();
  #lastConnectID = 0;
  #dialled = false;
  #over = false;

  constructor(call: GrpcCall, options: TunnelServerOptions) {
    const { promise, resolve } = Promise.withResolvers<GrpcStatus>();
    this.closed = promise;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#channel = new PacketChannel(call);
    const link = {
      hold: () => this.#channel.pause(),
      release: () => this.#channel.resume(),
      // Dials of others may wait in what the link holds back.
      isAlone: () => false,
      giveUp: (connection: TargetConnection) => this.#cutOff(connection),
    };
    this.#budget = new BufferBudget(options.bufferLimits ?? DEFAULT_BUFFER_LIMITS, link, this.#clock);
    this.#channel.start({
      packet: (packet) => this.#take(packet),
      end: () => this.#peerEnded(),
      closed: (status) => {
        this.#end();
        resolve(status);
      },
    });
  }

  get tunnels(): number {
    return this.#connections.size;
  }

  get pendingDials(): number {
    return this.#dials.size;
  }

  /** Asks the peer for no further dials. */
  drain(): void {
    this.#channel.send({ type: 'DRAIN' });
  }

  cancel(status: GrpcStatus): void {
    this.#channel.cancel(status);
  }

  #take(packet: Packet): void {
    switch (packet.type) {
      case 'DIAL_REQ':
        void this.#dial(packet);
        break;
      case 'DIAL_CLS':
        this.#giveUp(packet.random);
        break;
      case 'DATA':
        this.#takeData(packet.connectID, packet.data);
        break;
      case 'CLOSE_REQ':
        this.#takeClose(packet.connectID);
    }
  }

  async #dial({ protocol, address, random }: Packet & { type: 'DIAL_REQ' }): Promise<void> {
    const refusal = this.#refusalOf(protocol, random);
    const target = splitHostPort(address);
    if (refusal !== undefined) return this.#refuse(random, refusal);
    if (target === undefined)
      return this.#refuse(random, `dial tcp: address ${address.slice(0, 256)}: not a host and port`);
    this.#dialled = true;
    const controller = new AbortController();
    this.#dials.set(random, controller);
    try {
      const stream = await this.#options.dialTarget(target, controller.signal);
      if (controller.signal.aborted) stream.on('error', () => {}).destroy();
      else this.#connect(random, stream);
    } catch (error) {
      if (!controller.signal.aborted)
        this.#refuse(random, error instanceof Error ? error.message : String(error));
    } finally {
      this.#dials.delete(random);
    }
  }

  #refusalOf(protocol: string, random: bigint): string | undefined {
    if (protocol !== 'tcp') return `dial ${protocol.slice(0, 32)}: unknown network ${protocol.slice(0, 32)}`;
    if (this.#dials.has(random)) return 'dial ID is in use';
    return this.#options.single && this.#dialled ? 'single-use tunnel already dialed' : undefined;
  }

  #refuse(random: bigint, error: string): void {
    if (this.#over) return;
    this.#channel.send({ type: 'DIAL_RSP', error: error || 'dial failed', connectID: 0, random });
    if (this.#options.single && this.#connections.size === 0) this.#options.onDone?.();
  }

  #connect(random: bigint, stream: Duplex): void {
    const { single = false } = this.#options;
    const connectID = ++this.#lastConnectID;
    const connection = new TargetConnection(stream, {
      connectID,
      random,
      channel: this.#channel,
      clock: this.#clock,
      holdsBack: single,
      onTaken: single ? undefined : () => this.#budget.taken(connection),
      onGone: (error) => this.#gone(connection, error),
    });
    this.#connections.set(connectID, connection);
    this.#channel.send({ type: 'DIAL_RSP', error: '', connectID, random });
    connection.start();
  }

  /** A dial is of use to nobody any more: upstream's agent does not look at this, and connects for nothing. */
  #giveUp(random: bigint): void {
    this.#dials.get(random)?.abort(new Error('dial was given up'));
    // The answer had crossed it on the way.
    for (const connection of this.#connections.values()) if (connection.random === random) connection.close();
  }

  #takeData(connectID: number, data: Buffer): void {
    if (connectID === 0) return;
    const connection = this.#connections.get(connectID);
    if (connection === undefined) return void this.#sayClosed(connectID, 'unrecognized connectID');
    connection.take(data);
    if (!this.#options.single) this.#budget.added(connection);
  }

  #cutOff(connection: TargetConnection): void {
    this.#options.onOverflow?.(connection.target);
    connection.fail(`target is ${connection.bufferedBytes} bytes behind`);
  }

  #takeClose(connectID: number): void {
    const connection = this.#connections.get(connectID);
    if (connection === undefined) this.#sayClosed(connectID, 'Unknown connectID');
    else connection.close();
  }

  #gone(connection: TargetConnection, error: string): void {
    this.#budget.forget(connection);
    this.#connections.delete(connection.connectID);
    this.#options.onClosed?.(connection.target, connection.carried, error);
    this.#sayClosed(connection.connectID, error);
    if (this.#options.single) this.#options.onDone?.();
  }

  #sayClosed(connectID: number, error: string): void {
    if (!this.#over) this.#channel.send({ type: 'CLOSE_RSP', error, connectID });
  }

  /** On a channel of one connection that is its half-close; on others the link is over. */
  #peerEnded(): void {
    for (const connection of this.#connections.values()) connection.end();
    if (this.#connections.size === 0 && this.#dials.size === 0) this.#options.onDone?.();
  }

  #end(): void {
    this.#over = true;
    for (const controller of this.#dials.values()) controller.abort(new Error('tunnel closed'));
    for (const connection of [...this.#connections.values()]) connection.abandon();
  }
}
