import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '@hawser/runtime';
import { CloseDeadline } from '../close-deadline.ts';
import { DEFAULT_KEEP_ALIVE, KeepAlive, type KeepAliveOptions } from '../keep-alive.ts';
import {
  type ControlFrame,
  type DataPiece,
  dataHead,
  FLAG_FIN,
  FrameReader,
  FrameType,
  goAway,
  parseHeaders,
  parseSynStream,
  ping,
  ResetStatus,
  rstStream,
  synReply,
  synStream,
  wordAt,
} from './frames.ts';
import { HeaderDecoder, HeaderEncoder, type SpdyHeaders } from './header-codec.ts';
import { SpdyError, StreamResetError } from './spdy-error.ts';
import { SpdyStream, type StreamCarrier } from './spdy-stream.ts';

const GO_AWAY_OK = 0;
const GO_AWAY_PROTOCOL_ERROR = 1;
/** More open streams than any client of ours needs; the peer cannot make us hold more. */
const MAX_STREAMS = 4096;
/** The length of a data frame has 24 bits; Go's side takes in each whole, and other streams wait for its end. */
const MAX_FRAME_BYTES = 256 * 1024;
/** So many bytes of answers may wait for a peer that does not read. It can do without those to its pings. */
const MAX_PONG_BACKLOG_BYTES = 16 * 1024;
const MAX_ANSWER_BACKLOG_BYTES = 1024 * 1024;

const MAX_PINGS = 16;
/** Even, so that the numbers stay odd or even when they begin again. */
const MAX_PING_ID = 0xffff_fffe;

export interface SpdyOptions {
  /** Clients open streams with odd numbers, servers with even ones. */
  readonly role: 'client' | 'server';
  /** Called for each stream that the peer opens; it must accept or refuse it. Without it all are refused. */
  readonly onStream?: (stream: SpdyStream) => void;
  /**
   * A stream that the peer resets has ended, and what came before can be read. Go's servers end streams so, all at
   * once when they close the connection.
   */
  readonly resetEnds?: boolean;
  readonly clock?: Clock;
  readonly keepAlive?: KeepAliveOptions;
}

/**
 * SPDY/3.1 over any byte stream, as Kubernetes speaks it (SPDY Protocol, Draft 3.1): many streams with headers,
 * that end by halves. Windows are neither kept nor waited for, since Go's side (spdystream) does neither: a reader
 * that is behind holds back the whole connection, and through it the peer.
 */
export class SpdyConnection {
  /** Resolves when the byte stream has ended; it never rejects. */
  readonly closed: Promise<void>;
  readonly #socket: Duplex;
  readonly #options: SpdyOptions;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #replies = new Map<number, (error?: Error) => void>();
  readonly #behind = new Set<SpdyStream>();
  readonly #encoder = new HeaderEncoder();
  readonly #decoder = new HeaderDecoder();
  readonly #pings = new Map<number, () => void>();
  readonly #carrier: StreamCarrier;
  readonly #keepAlive: KeepAlive;
  readonly #closeDeadline: CloseDeadline;
  #answerBacklog = 0;
  #nextStreamId: number;
  #nextPingId: number;
  #lastPeerStreamId = 0;
  #goneAway = false;

  /** @param head bytes that came with the request that began the protocol. */
  constructor(socket: Duplex, options: SpdyOptions, head: Buffer = Buffer.alloc(0)) {
    this.#socket = socket;
    this.#options = options;
    this.#nextStreamId = options.role === 'client' ? 1 : 2;
    this.#nextPingId = this.#nextStreamId;
    this.#carrier = this.#createCarrier();
    const reader = new FrameReader({
      control: (frame) => this.#control(frame),
      data: (piece) => this.#data(piece),
    });
    const { clock = systemClock, keepAlive = DEFAULT_KEEP_ALIVE } = options;
    this.#closeDeadline = new CloseDeadline(clock, () => this.destroy());
    this.#keepAlive = new KeepAlive(clock, keepAlive, {
      ping: () => this.#sendPing(() => {}),
      heldBack: () => this.#behind.size > 0 || socket.writableLength > 0,
      dead: () => this.destroy(),
    });
    const read = (chunk: Buffer) => {
      this.#keepAlive.heard();
      this.#closeDeadline.heard();
      try {
        reader.push(chunk);
      } catch (error) {
        this.#fail(error);
      }
    };
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    socket.on('error', () => {});
    socket.on('end', () => {
      this.#ended('the peer has closed the connection');
      // Whoever ends before we do is gone; whoever does after gets what is still under way to it.
      if (socket.writableEnded) this.#closeDeadline.start();
      else socket.destroy();
    });
    socket.on('close', () => {
      this.#keepAlive[Symbol.dispose]();
      this.#closeDeadline[Symbol.dispose]();
      this.#ended('the connection is closed');
      resolve();
    });
    if (head.length > 0) read(head);
    socket.on('data', read);
    // Whoever read the head of an answer may have left it paused.
    if (this.#behind.size === 0) socket.resume();
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  /**
   * Opens a stream. @returns it when the peer has accepted it.
   * @throws StreamResetError when the peer refuses it, has gone away or is gone.
   */
  async createStream(headers: SpdyHeaders): Promise<SpdyStream> {
    if (this.#goneAway || this.#socket.destroyed)
      throw new StreamResetError('the connection takes no new streams');
    const id = this.#nextStreamId;
    this.#nextStreamId += 2;
    const stream = new SpdyStream(this.#carrier, id, headers);
    this.#streams.set(id, stream);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#replies.set(id, (error) => (error === undefined ? resolve() : reject(error)));
    this.#write(synStream(id, this.#encoder.encode(headers), false));
    await promise;
    return stream;
  }

  /** Asks the peer for a sign of life. @returns when it has answered; never, if it does not. */
  ping(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sendPing(resolve);
    return promise;
  }

  /**
   * Says good-bye: what is written already still goes out, what comes is not taken in any more, and readers see an
   * end. It ends when the peer has closed its side, or takes too long.
   */
  close(): void {
    this.#goneAway = true;
    for (const stream of [...this.#streams.values()]) stream.stopReading();
    if (this.#socket.writable) this.#socket.end(goAway(this.#lastPeerStreamId, GO_AWAY_OK));
    this.#closeDeadline.start();
  }

  /** Ends it at once. */
  destroy(): void {
    this.#socket.destroy();
    this.#ended('the connection was ended');
  }

  #createCarrier(): StreamCarrier {
    return {
      writeData: (stream, data, done) => this.#writeData(stream.id, data, done),
      writeFin: (stream, done) => this.#write(dataHead(stream.id, 0, true), done),
      writeReply: (stream) => this.#answer(synReply(stream.id, this.#encoder.encode({}))),
      writeReset: (stream, status) => this.#answer(rstStream(stream.id, status)),
      holdBack: (stream, behind) => this.#holdBack(stream, behind),
      forget: (stream) => {
        this.#streams.delete(stream.id);
        this.#settleReply(stream.id, new StreamResetError('the stream was given up'));
      },
    };
  }

  #writeData(streamId: number, data: Buffer, done: (error?: Error | null) => void): void {
    const socket = this.#socket;
    if (data.length === 0) return void done();
    if (!socket.writable) return void done(new StreamResetError('the connection is closed'));
    socket.cork();
    for (let from = 0; from < data.length; from += MAX_FRAME_BYTES) {
      const part = data.subarray(from, from + MAX_FRAME_BYTES);
      const last = from + part.length >= data.length;
      socket.write(dataHead(streamId, part.length, false));
      socket.write(part, last ? done : undefined);
    }
    socket.uncork();
  }

  /** A write after the end would destroy the connection, and with it what is still under way. */
  #write(frame: Buffer, done?: (error?: Error | null) => void): void {
    if (this.#socket.writable) this.#socket.write(frame, done);
    else done?.(new StreamResetError('the connection is closed'));
  }

  /** Writes what the peer has made us say; one that does not read it cannot make us keep it. */
  #answer(frame: Buffer): void {
    this.#answerBacklog += frame.length;
    this.#write(frame, () => {
      this.#answerBacklog -= frame.length;
    });
    if (this.#answerBacklog > MAX_ANSWER_BACKLOG_BYTES) this.destroy();
  }

  #sendPing(answered: () => void): void {
    const id = this.#nextPingId;
    this.#nextPingId = (this.#nextPingId + 2) % MAX_PING_ID;
    // Of those that were never answered only the newest are of interest.
    if (this.#pings.size >= MAX_PINGS) this.#pings.delete(this.#pings.keys().next().value!);
    this.#pings.set(id, answered);
    this.#write(ping(id));
  }

  #holdBack(stream: SpdyStream, behind: boolean): void {
    if (behind) {
      this.#behind.add(stream);
      this.#socket.pause();
    } else if (this.#behind.delete(stream) && this.#behind.size === 0) this.#socket.resume();
  }

  #data({ streamId, data, fin }: DataPiece): void {
    // A stream that is forgotten was reset or has ended; what was under way is of no use to anybody.
    this.#streams.get(streamId)?.receive(data, fin);
  }

  #control(frame: ControlFrame): void {
    const { type, body } = frame;
    if (type === FrameType.synStream) this.#synStream(frame);
    else if (type === FrameType.synReply) this.#synReply(frame);
    else if (type === FrameType.rstStream) this.#rstStream(wordAt(body, 0), wordAt(body, 4));
    else if (type === FrameType.ping) this.#ping(wordAt(body, 0));
    else if (type === FrameType.goAway) this.#goneAway = true;
    // Nothing that Kubernetes says is in HEADERS, but the compression of later blocks goes on from them.
    else if (type === FrameType.headers) this.#decoder.decode(parseHeaders(frame).block);
    // What is left is SETTINGS, WINDOW_UPDATE, and types to be ignored because they are not known (2.2.1).
  }

  #synStream(frame: ControlFrame): void {
    const { streamId, block, fin } = parseSynStream(frame);
    const headers = this.#decoder.decode(block);
    const ours = streamId % 2 === (this.#options.role === 'client' ? 1 : 0);
    if (ours || streamId <= this.#lastPeerStreamId)
      throw new SpdyError(`stream ${streamId} is not the peer's to open`);
    this.#lastPeerStreamId = streamId;
    const { onStream } = this.#options;
    if (onStream === undefined || this.#goneAway || this.#streams.size >= MAX_STREAMS)
      return void this.#answer(rstStream(streamId, ResetStatus.refusedStream));
    const stream = new SpdyStream(this.#carrier, streamId, headers);
    this.#streams.set(streamId, stream);
    if (fin) stream.receive(Buffer.alloc(0), true);
    onStream(stream);
  }

  #synReply(frame: ControlFrame): void {
    const { streamId, block } = parseHeaders(frame);
    this.#decoder.decode(block);
    this.#settleReply(streamId);
    if ((frame.flags & FLAG_FIN) !== 0) this.#streams.get(streamId)?.receive(Buffer.alloc(0), true);
  }

  #rstStream(streamId: number, status: number): void {
    const stream = this.#streams.get(streamId);
    this.#settleReply(streamId, new StreamResetError(`the peer refused the stream (status ${status})`));
    if (this.#options.resetEnds === true) stream?.receive(Buffer.alloc(0), true);
    stream?.lose(`the peer reset the stream (status ${status})`);
  }

  #settleReply(streamId: number, error?: Error): void {
    const settle = this.#replies.get(streamId);
    this.#replies.delete(streamId);
    settle?.(error);
  }

  #ping(id: number): void {
    const ours = id % 2 === (this.#options.role === 'client' ? 1 : 0);
    if (!ours && this.#answerBacklog <= MAX_PONG_BACKLOG_BYTES) this.#answer(ping(id));
    this.#pings.get(id)?.();
    this.#pings.delete(id);
  }

  #fail(error: unknown): void {
    if (!(error instanceof SpdyError)) throw error;
    if (this.#socket.writable) this.#socket.end(goAway(this.#lastPeerStreamId, GO_AWAY_PROTOCOL_ERROR));
    this.#ended(error.message);
    this.#socket.once('finish', () => this.#socket.destroy());
  }

  #ended(reason: string): void {
    this.#goneAway = true;
    for (const stream of [...this.#streams.values()]) stream.lose(reason);
  }
}
