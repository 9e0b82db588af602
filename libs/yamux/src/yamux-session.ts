import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '@hawser/runtime';
import { FrameWriter } from './frame-writer.ts';
import { encodeHeader, Flag, FrameReader, FrameType, GoAwayCode, HEADER_BYTES } from './frames.ts';
import { DEFAULT_KEEP_ALIVE, KeepAlive, type KeepAliveOptions } from './keep-alive.ts';
import { SessionMemory } from './receive-window.ts';
import { StreamResetError, YamuxError } from './yamux-error.ts';
import { type StreamCarrier, YamuxStream } from './yamux-stream.ts';

/** Identifiers have 32 bits; a session that has used them up takes no more streams. */
const MAX_STREAM_ID = 0xffff_ffff;
/** With so few left it is time for another session: more than are opened until there is one. */
const LAST_STREAM_IDS = 2 ** 20;
/** So many answers may wait for a peer that does not read; it can do without those to most of its pings. */
const MAX_WAITING_PONGS = 64;
const MAX_ANSWER_BACKLOG_BYTES = 1024 * 1024;
/** A stream gets so much at a time when others wait for their turn, and when none does. Few large writes cost less. */
const TURN_BYTES = 64 * 1024;
const LONE_TURN_BYTES = 256 * 1024;
/** How long a peer that was told good-bye may take to close its side. */
const CLOSE_MS = 10_000;

export interface YamuxOptions {
  /** Clients open streams with odd numbers, servers with even ones. */
  readonly role: 'client' | 'server';
  /** Called for each stream that the peer opens. Without it all are refused. */
  readonly onStream?: (stream: YamuxStream) => void;
  /** How many streams may be open at a time, whoever opened them. */
  readonly maxStreams?: number;
  /** The highest number that a stream of ours gets. */
  readonly maxStreamId?: number;
  /** How large the window of a stream may become. */
  readonly maxWindowBytes?: number;
  /** How much may wait for the readers of all streams together, before those that hold most of it are reset. */
  readonly maxUnreadBytes?: number;
  readonly clock?: Clock;
  readonly keepAlive?: KeepAliveOptions;
}

/**
 * Many streams over one reliable byte stream (yamux, hashicorp/yamux spec.md, version 0). Each has a window of its
 * own, so that one whose reader is behind holds up no other. Streams that have something to send take turns.
 */
export class YamuxSession {
  /** Resolves when the session has ended, with the reason where it did not end in order. It never rejects. */
  readonly closed: Promise<Error | undefined>;
  readonly #transport: Duplex;
  readonly #options: Required<Pick<YamuxOptions, 'role' | 'maxStreams' | 'maxStreamId' | 'clock'>> &
    YamuxOptions;
  readonly #streams = new Map<number, YamuxStream>();
  /** Streams that are gone but for what their readers have not read yet: they count until then. */
  readonly #lingering = new Set<YamuxStream>();
  readonly #ready = new Set<YamuxStream>();
  readonly #carrier: StreamCarrier;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #keepAlive: KeepAlive;
  readonly #memory: SessionMemory;
  /** Frames that go before all data. */
  #control: Buffer[] = [];
  #waitingPongs = 0;
  #flushScheduled = false;
  #nextStreamId: number;
  #receiving: YamuxStream | undefined;
  #receivingEnd = false;
  #pings = new Map<number, { sentMs: number; answered: () => void }>();
  #nextPing = 0;
  #peerGoneAway = false;
  #goneAway = false;
  #ended = false;
  #reason: Error | undefined;
  #closing: Disposable | undefined;

  constructor(transport: Duplex, options: YamuxOptions) {
    const { clock = systemClock, keepAlive = DEFAULT_KEEP_ALIVE, maxStreams = 16_384 } = options;
    const {
      maxStreamId = MAX_STREAM_ID,
      maxWindowBytes = 4 * 1024 * 1024,
      maxUnreadBytes = 256 * 1024 * 1024,
    } = options;
    this.#transport = transport;
    this.#options = { ...options, clock, maxStreams, maxStreamId };
    this.#memory = new SessionMemory(maxWindowBytes, maxUnreadBytes);
    this.#nextStreamId = options.role === 'client' ? 1 : 2;
    this.#writer = new FrameWriter(transport, () => this.#flush());
    this.#carrier = this.#createCarrier();
    this.#reader = new FrameReader({
      frame: (type, flags, streamId, length) => this.#frame(type, flags, streamId, length),
      payload: (piece, last) => this.#payload(piece, last),
    });
    this.#keepAlive = new KeepAlive(
      clock,
      keepAlive,
      () => void this.ping(),
      () => this.destroy(new YamuxError('the peer has not answered for too long')),
    );
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    this.closed = promise;
    this.#listen(() => resolve(this.#reason));
    void this.ping();
  }

  /** How many streams are open. */
  get streams(): number {
    return this.#streams.size;
  }

  /** By how much the windows of open streams have grown, together. */
  get grownBytes(): number {
    return this.#memory.grownBytes;
  }

  /** Whether the peer has asked for no further streams. */
  get peerGoneAway(): boolean {
    return this.#peerGoneAway;
  }

  /** Whether the numbers for streams of ours are running out: who needs more of them should have another session. */
  get almostUsedUp(): boolean {
    return this.#nextStreamId > this.#options.maxStreamId - LAST_STREAM_IDS;
  }

  /**
   * Opens a stream, which can be written to at once. A peer that refuses it resets it.
   * @throws YamuxError when there can be no more.
   */
  open(): YamuxStream {
    if (this.#ended) throw new YamuxError('the session has ended');
    if (this.#peerGoneAway) throw new YamuxError('the peer takes no further streams');
    if (this.#carrier.streams >= this.#options.maxStreams) throw new YamuxError('too many streams');
    const id = this.#nextStreamId;
    if (id > this.#options.maxStreamId) throw new YamuxError('the session has used up its streams');
    this.#nextStreamId += 2;
    const stream = new YamuxStream(this.#carrier, id);
    this.#streams.set(id, stream);
    this.#send(encodeHeader(FrameType.windowUpdate, Flag.syn, id, 0));
    return stream;
  }

  /** Asks the peer for a sign of life. @returns when it has answered; never, if it does not. */
  ping(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const value = this.#nextPing;
    this.#nextPing = (value + 1) % 2 ** 32;
    // Of those that were never answered only the newest are of interest.
    if (this.#pings.size >= 16) this.#pings.delete(this.#pings.keys().next().value!);
    this.#pings.set(value, { sentMs: performance.now(), answered: resolve });
    this.#send(encodeHeader(FrameType.ping, Flag.syn, 0, value));
    return promise;
  }

  /** Lets the peer know that we take no further streams. Those that are open go on, and we may open others. */
  goAway(): void {
    if (this.#goneAway) return;
    this.#goneAway = true;
    this.#send(encodeHeader(FrameType.goAway, 0, 0, GoAwayCode.normal));
  }

  /** Ends the session in order: what it has sent goes out, streams that are still open are lost. */
  close(): void {
    this.#end(GoAwayCode.normal, undefined);
  }

  /** Ends the session at once. */
  destroy(reason?: Error): void {
    this.#over(reason);
    this.#transport.destroy();
  }

  #listen(closed: () => void): void {
    const transport = this.#transport;
    transport.on('data', (chunk: Buffer) => {
      this.#keepAlive.heard();
      try {
        this.#reader.push(chunk);
      } catch (error) {
        if (!(error instanceof YamuxError)) throw error;
        this.#end(GoAwayCode.protocolError, error);
      }
    });
    transport.on('error', (error) => this.#over(error));
    transport.on('end', () => {
      const why = transport.destroyed ? 'the connection was lost' : 'the peer ended the connection';
      this.#over(this.#peerGoneAway ? undefined : new YamuxError(why));
      if (transport.writableEnded) transport.destroy();
      else transport.end(() => transport.destroy());
      this.#limitClosing();
    });
    const onClose = () => {
      this.#over(new YamuxError('the connection was lost'));
      this.#closing?.[Symbol.dispose]();
      closed();
    };
    transport.on('close', onClose);
    if (transport.closed) queueMicrotask(onClose);
  }

  #createCarrier(): StreamCarrier {
    const [streams, lingering] = [this.#streams, this.#lingering];
    return {
      memory: this.#memory,
      get streams() {
        return streams.size + lingering.size;
      },
      ready: (stream) => {
        this.#ready.add(stream);
        this.#schedule();
      },
      sendWindowUpdate: (id, raise) => this.#send(encodeHeader(FrameType.windowUpdate, 0, id, raise)),
      sendReset: (id) => this.#send(encodeHeader(FrameType.windowUpdate, Flag.rst, id, 0)),
      linger: (stream) => {
        this.#ready.delete(stream);
        if (streams.delete(stream.id)) lingering.add(stream);
      },
      forget: (stream) => {
        this.#ready.delete(stream);
        lingering.delete(stream);
        if (streams.get(stream.id) === stream) streams.delete(stream.id);
      },
    };
  }

  /** Sends a frame before all data. A peer that does not read cannot make us keep any number of them. */
  #send(frame: Buffer): void {
    if (this.#ended) return;
    this.#control.push(frame);
    this.#schedule();
    if (this.#control.length * HEADER_BYTES > MAX_ANSWER_BACKLOG_BYTES)
      this.destroy(new YamuxError('the peer does not read what it is answered'));
  }

  /** What is sent in the same turn goes out together. */
  #schedule(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    queueMicrotask(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const writer = this.#writer;
    if (this.#ended || !writer.hasRoom) return;
    for (const frame of this.#control) writer.add(frame);
    this.#control = [];
    this.#waitingPongs = 0;
    do {
      for (const stream of this.#ready) {
        if (!writer.hasRoom) break;
        this.#ready.delete(stream);
        const maxBytes = this.#ready.size > 0 ? TURN_BYTES : LONE_TURN_BYTES;
        if (stream.sendFrame(writer, maxBytes)) this.#ready.add(stream);
      }
      writer.flush();
    } while (this.#ready.size > 0 && writer.hasRoom);
  }

  #frame(type: number, flags: number, streamId: number, length: number): void {
    if (type === FrameType.ping) return void this.#pinged(flags, length);
    if (type === FrameType.goAway) return void this.#toldGoAway(length);
    if (streamId === 0) throw new YamuxError('a frame of a stream without its number');
    if ((flags & Flag.syn) !== 0) this.#opened(streamId);
    // One that is not known was reset or has ended here; what was on its way is of no use to anybody.
    const stream = this.#streams.get(streamId);
    this.#receiving = stream;
    this.#receivingEnd = (flags & Flag.fin) !== 0;
    if (stream === undefined) return;
    if ((flags & Flag.rst) !== 0) {
      this.#receiving = undefined;
      return void stream.lose(new StreamResetError('the stream was reset by the peer'));
    }
    if (type === FrameType.data) stream.expect(length);
    else stream.raiseSendWindow(length);
    if (this.#receivingEnd && (type !== FrameType.data || length === 0)) stream.receiveEnd();
  }

  #payload(piece: Buffer, last: boolean): void {
    this.#receiving?.receive(piece);
    if (last && this.#receivingEnd) this.#receiving?.receiveEnd();
  }

  #opened(streamId: number): void {
    const ours = streamId % 2 === (this.#options.role === 'client' ? 1 : 0);
    if (ours || this.#streams.has(streamId))
      throw new YamuxError(`stream ${streamId} is not the peer's to open`);
    const { onStream, maxStreams } = this.#options;
    if (onStream === undefined || this.#goneAway || this.#carrier.streams >= maxStreams)
      return void this.#send(encodeHeader(FrameType.windowUpdate, Flag.rst, streamId, 0));
    const stream = new YamuxStream(this.#carrier, streamId);
    this.#streams.set(streamId, stream);
    this.#send(encodeHeader(FrameType.windowUpdate, Flag.ack, streamId, 0));
    onStream(stream);
  }

  #pinged(flags: number, value: number): void {
    if ((flags & Flag.syn) !== 0) {
      this.#waitingPongs += 1;
      if (this.#waitingPongs <= MAX_WAITING_PONGS)
        this.#send(encodeHeader(FrameType.ping, Flag.ack, 0, value));
      return;
    }
    const ping = this.#pings.get(value);
    if (ping === undefined) return;
    this.#pings.delete(value);
    this.#memory.measured(performance.now() - ping.sentMs);
    ping.answered();
  }

  #toldGoAway(code: number): void {
    this.#peerGoneAway = true;
    if (code === GoAwayCode.normal) return;
    const why = code === GoAwayCode.protocolError ? 'protocol error' : `code ${code}`;
    this.destroy(new YamuxError(`the peer has ended the session: ${why}`));
  }

  /** Says good-bye with a reason, and gives the peer time to read it. */
  #end(code: number, reason: Error | undefined): void {
    if (this.#ended) return;
    const transport = this.#transport;
    for (const frame of this.#control) this.#writer.add(frame);
    this.#control = [];
    this.#writer.add(encodeHeader(FrameType.goAway, 0, 0, code));
    this.#writer.flush();
    this.#over(reason);
    if (transport.writable) transport.end();
    this.#limitClosing();
  }

  #limitClosing(): void {
    const transport = this.#transport;
    if (!transport.destroyed)
      this.#closing ??= this.#options.clock.after(CLOSE_MS, () => void transport.destroy());
  }

  /** From now on there are no streams. */
  #over(reason: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#reason = reason;
    this.#keepAlive[Symbol.dispose]();
    this.#reader.stop();
    this.#control = [];
    this.#ready.clear();
    this.#pings.clear();
    const why = reason?.message ?? 'the session was closed';
    for (const stream of [...this.#streams.values()]) stream.lose(new StreamResetError(why));
  }
}
