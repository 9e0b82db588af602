import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '@hawser/runtime';
import { HpackDecoder } from '../hpack/hpack-decoder.ts';
import { HpackError } from '../hpack/hpack-error.ts';
import type { Header } from '../hpack/static-table.ts';
import { DEFAULT_WINDOW, Flag, FrameType, MAX_STREAM_ID, MAX_WINDOW, PREFACE } from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import { HeaderBlockReader, withoutPadding } from './header-block.ts';
import { ErrorCode, Http2Error } from './http2-error.ts';
import { Http2Stream, type StreamHandler, type StreamHost } from './http2-stream.ts';
import { KeepAlive, type KeepAliveOptions } from './keep-alive.ts';
import { applySettings, DEFAULT_SETTINGS, encodeSettings, type Settings } from './settings.ts';

/** What may be sent to us in one frame: our own kind writes as much at once. */
const MAX_DATA_FRAME_BYTES = 64 * 1024;
const MAX_FRAME_BYTES = 16 * 1024;
const MAX_HEADER_LIST_BYTES = 64 * 1024;
/** What may be sent on a whole connection before it is credited; streams hold back their own peers. */
const CONNECTION_WINDOW = 16 * 1024 * 1024;
/** Answers to a peer that asks and does not read pile up to here. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** Peers change their settings when they begin, and a few times while they find out how fast a connection is. */
const MAX_SETTINGS_FRAMES = 1_000;
/** A peer has so long to close its side of a connection that has ended. */
const FAREWELL_MS = 5_000;

export interface Http2Options {
  readonly role: 'client' | 'server';
  /** What a peer may send on one stream before it is credited. */
  readonly windowBytes: number;
  /** How many streams a client may have open at once. */
  readonly maxConcurrentStreams?: number;
  readonly keepAlive?: KeepAliveOptions;
  readonly clock?: Clock;
  /** A client has opened a stream: gives what takes it on. */
  readonly accept?: (stream: Http2Stream, headers: readonly Header[]) => StreamHandler;
}

/**
 * HTTP/2 (RFC 9113) over a byte stream, as much of it as gRPC needs: no push, no priorities. The windows of streams
 * are independent: a stream that is held back does not touch the others.
 */
export class Http2Connection implements StreamHost {
  /** Resolves when the connection is over, with the reason where it was not ended in order. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  /** Resolves when the peer has said that it takes no further streams, or the connection is over. */
  readonly goingAway: Promise<void>;
  readonly writer: FrameWriter;
  readonly receiveWindow: number;
  sendWindow = DEFAULT_WINDOW;
  readonly #connection: Duplex;
  readonly #options: Http2Options;
  readonly #clock: Clock;
  readonly #reader: FrameReader;
  readonly #decoder = new HpackDecoder(MAX_HEADER_LIST_BYTES);
  readonly #blocks = new HeaderBlockReader();
  readonly #streams = new Map<number, Http2Stream>();
  readonly #waiting = new Set<Http2Stream>();
  readonly #keepAlive: KeepAlive;
  readonly #resolveClosed: (error?: Error) => void;
  readonly #resolveGoingAway: () => void;
  #peer: Settings = DEFAULT_SETTINGS;
  #settingsFrames = 0;
  #uncredited = 0;
  #nextId = 1;
  #lastPeerId = 0;
  #goingAway = false;
  #over = false;

  /** @param connection which becomes ours: it is closed with the last stream after `goAway`, or by `destroy`. */
  constructor(connection: Duplex, options: Http2Options) {
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    const going = Promise.withResolvers<void>();
    this.goingAway = going.promise;
    this.#resolveGoingAway = going.resolve;
    this.#connection = connection;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.receiveWindow = options.windowBytes;
    this.writer = new FrameWriter(connection, () => this.#pump());
    const limits = { dataBytes: MAX_DATA_FRAME_BYTES, otherBytes: MAX_FRAME_BYTES };
    this.#reader = new FrameReader(options.role === 'server', limits, {
      frame: (type, flags, id, payload) => this.#takeFrame(type, flags, id, payload),
      data: (id, piece, end) => this.#takeData(id, piece, piece.length, end),
    });
    this.#keepAlive = new KeepAlive(
      this.#clock,
      () => this.#ping(),
      () => this.destroy(new Error('keepalive ping failed to receive ACK within timeout')),
    );
    if (options.keepAlive !== undefined) this.#keepAlive.start(options.keepAlive);
    this.#introduce();
    connection.on('data', (chunk: Buffer) => this.#take(chunk));
    connection.on('error', (error) => this.#finish(error));
    connection.on('end', () => this.#finish(new Error('connection was closed by the peer')));
    connection.on('close', () => this.#finish(new Error('connection was closed')));
  }

  /** How much of one frame the peer takes; more than we would is not sent at once, so that streams take turns. */
  get maxFrameBytes(): number {
    return Math.min(this.#peer.maxFrameSize, MAX_DATA_FRAME_BYTES);
  }

  get streams(): number {
    return this.#streams.size;
  }

  /** Whether a stream may be opened. */
  get available(): boolean {
    const { maxConcurrentStreams = Number.POSITIVE_INFINITY } = this.#peer;
    return (
      !this.#over && !this.#goingAway && this.#nextId < MAX_STREAM_ID && this.streams < maxConcurrentStreams
    );
  }

  /** Opens a stream with its headers. @throws Error when none may be opened. */
  open(headers: readonly Header[], handler: StreamHandler): Http2Stream {
    if (!this.available) throw new Error('connection takes no more streams');
    const stream = new Http2Stream(this.#nextId, this, this.#peer.initialWindowSize);
    stream.handler = handler;
    this.#nextId += 2;
    this.#streams.set(stream.id, stream);
    stream.sendHeaders(headers);
    return stream;
  }

  /** Pings the peer now and then, from now on. */
  keepAlive(options: KeepAliveOptions): void {
    if (!this.#over) this.#keepAlive.start(options);
  }

  /** Pings the peer; the connection ends if nothing comes for so long. */
  probe(timeoutMs: number): void {
    if (!this.#over) this.#keepAlive.probe(timeoutMs);
  }

  /** Takes and opens no further streams, and ends the connection after the last. */
  goAway(): void {
    if (!this.#over) this.#sayGoAway(ErrorCode.noError);
    this.#goingAway = true;
    this.#endIfIdle();
  }

  /** Ends the connection and its streams. */
  destroy(error?: Error): void {
    if (this.#over) return;
    this.#sayGoAway(error instanceof Http2Error ? error.code : ErrorCode.noError);
    this.#finish(error);
  }

  wait(stream: Http2Stream): void {
    this.#waiting.add(stream);
  }

  forget(stream: Http2Stream): void {
    this.#waiting.delete(stream);
    this.#streams.delete(stream.id);
    this.#endIfIdle();
  }

  #introduce(): void {
    const { role, windowBytes, maxConcurrentStreams } = this.#options;
    if (role === 'client') this.#connection.write(PREFACE);
    const settings = {
      initialWindowSize: windowBytes,
      maxFrameSize: MAX_DATA_FRAME_BYTES,
      maxHeaderListSize: MAX_HEADER_LIST_BYTES,
      ...(role === 'client' ? { enablePush: false } : { maxConcurrentStreams }),
    };
    this.writer.write(FrameType.settings, 0, 0, encodeSettings(settings));
    this.#sendCredit(CONNECTION_WINDOW - DEFAULT_WINDOW);
  }

  #take(chunk: Buffer): void {
    if (this.#over) return;
    this.#keepAlive.heard();
    try {
      this.#reader.push(chunk);
      this.#pump();
      if (this.writer.waitingBytes > MAX_WAITING_BYTES)
        throw new Http2Error(ErrorCode.enhanceYourCalm, 'peer does not read what it asks for');
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      this.destroy(
        cause instanceof HpackError ? new Http2Error(ErrorCode.compressionError, cause.message) : cause,
      );
    }
  }

  #takeFrame(type: number, flags: number, id: number, payload: Buffer): void {
    if (this.#over) return;
    if (this.#settingsFrames === 0 && type !== FrameType.settings)
      throw new Http2Error(ErrorCode.protocolError, 'first frame is not SETTINGS');
    if (this.#blocks.reading && type !== FrameType.continuation)
      throw new Http2Error(ErrorCode.protocolError, 'header block is interrupted');
    switch (type) {
      case FrameType.data:
        return void this.#takeData(
          id,
          withoutPadding(flags, payload),
          payload.length,
          (flags & Flag.endStream) !== 0,
        );
      case FrameType.headers:
      case FrameType.continuation:
        return void this.#takeHeaders(type, flags, id, payload);
      case FrameType.rstStream:
        return void this.#known(id)?.takeReset(sized(payload, 4, 'RST_STREAM').readUInt32BE(0));
      case FrameType.settings:
        return void this.#takeSettings(flags, payload);
      case FrameType.pushPromise:
        throw new Http2Error(ErrorCode.protocolError, 'push was not allowed');
      case FrameType.ping:
        sized(payload, 8, 'PING');
        return void ((flags & Flag.ack) === 0 && this.writer.write(FrameType.ping, Flag.ack, 0, payload));
      case FrameType.goAway:
        return void this.#takeGoAway(payload);
      case FrameType.windowUpdate:
        return void this.#takeWindowUpdate(
          id,
          sized(payload, 4, 'WINDOW_UPDATE').readUInt32BE(0) & MAX_WINDOW,
        );
    }
    // Priorities are advice, and frames of unknown types are passed over (section 5.5).
  }

  #takeData(id: number, piece: Buffer, size: number, end: boolean): void {
    if (this.#over) return;
    if (this.#settingsFrames === 0 || this.#blocks.reading)
      throw new Http2Error(ErrorCode.protocolError, 'DATA where none may be');
    this.#uncredited += size;
    if (this.#uncredited > CONNECTION_WINDOW)
      throw new Http2Error(ErrorCode.flowControlError, 'connection window is exceeded');
    // Of streams that are over, too: what was under way counts for the connection.
    if (this.#uncredited >= CONNECTION_WINDOW / 4) this.#sendCredit(this.#uncredited);
    this.#known(id)?.takeData(piece, size, end);
  }

  #takeHeaders(type: number, flags: number, id: number, payload: Buffer): void {
    const block = this.#blocks.push(type, flags, id, payload);
    if (block === undefined) return;
    // Whatever becomes of it: later blocks build on it.
    const headers = this.#decoder.decode(block.block);
    const fresh = this.#options.role === 'server' && block.streamId > this.#lastPeerId;
    if (fresh) this.#acceptStream(block.streamId, headers, block.endStream);
    else this.#known(block.streamId)?.takeHeaders(headers, block.endStream);
  }

  #acceptStream(id: number, headers: readonly Header[], end: boolean): void {
    const { accept, maxConcurrentStreams = Number.POSITIVE_INFINITY } = this.#options;
    if (id % 2 === 0) throw new Http2Error(ErrorCode.protocolError, 'stream of a client has an even number');
    this.#lastPeerId = id;
    if (this.#goingAway || accept === undefined || this.streams >= maxConcurrentStreams) {
      this.#refuse(id);
      return;
    }
    const stream = new Http2Stream(id, this, this.#peer.initialWindowSize);
    this.#streams.set(id, stream);
    // The first headers bring whom the stream belongs to.
    stream.handler = {
      headers: () => {
        stream.handler = accept(stream, headers);
      },
      data() {},
      drain() {},
      closed() {},
    };
    stream.takeHeaders(headers, end);
  }

  #refuse(id: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(ErrorCode.refusedStream);
    this.writer.write(FrameType.rstStream, 0, id, payload);
  }

  #takeSettings(flags: number, payload: Buffer): void {
    if ((flags & Flag.ack) !== 0) return void sized(payload, 0, 'SETTINGS');
    const before = this.#peer.initialWindowSize;
    this.#peer = applySettings(this.#peer, payload);
    this.#settingsFrames += 1;
    // Each may change the windows of all streams.
    if (this.#settingsFrames > MAX_SETTINGS_FRAMES)
      throw new Http2Error(ErrorCode.enhanceYourCalm, 'settings change too often');
    const change = this.#peer.initialWindowSize - before;
    if (change !== 0) for (const stream of this.#streams.values()) stream.widen(change);
    this.writer.write(FrameType.settings, Flag.ack, 0);
  }

  #takeGoAway(payload: Buffer): void {
    if (payload.length < 8) throw new Http2Error(ErrorCode.frameSizeError, 'GOAWAY is cut short');
    this.#goingAway = true;
    this.#resolveGoingAway();
    const last = payload.readUInt32BE(0) & MAX_STREAM_ID;
    const why = payload.subarray(8).toString('latin1');
    const error = new Error(`peer is going away${why === '' ? '' : `: ${why.slice(0, 200)}`}`);
    if (this.#options.role === 'client')
      for (const stream of [...this.#streams.values()]) if (stream.id > last) stream.close(error);
    this.#endIfIdle();
  }

  #takeWindowUpdate(id: number, size: number): void {
    if (size === 0) throw new Http2Error(ErrorCode.protocolError, 'WINDOW_UPDATE of nothing');
    if (id !== 0) return void this.#known(id)?.widen(size);
    this.sendWindow += size;
    if (this.sendWindow > MAX_WINDOW)
      throw new Http2Error(ErrorCode.flowControlError, 'connection window overflows');
  }

  /** @returns nothing where the stream is over. @throws Http2Error where it has never been. */
  #known(id: number): Http2Stream | undefined {
    const stream = this.#streams.get(id);
    if (stream !== undefined) return stream;
    const idle = id === 0 || id >= (id % 2 === 1 ? this.#highestId() : 1);
    if (idle) throw new Http2Error(ErrorCode.protocolError, `frame for stream ${id}, which was not opened`);
    return undefined;
  }

  #highestId(): number {
    return this.#options.role === 'client' ? this.#nextId : this.#lastPeerId + 1;
  }

  /** Lets the streams that wait send, in turns of a frame each. */
  #pump(): void {
    let more = this.#waiting.size > 0;
    while (more && !this.#over && !this.writer.full) {
      more = false;
      const turn = [...this.#waiting];
      this.#waiting.clear();
      for (const stream of turn) more = stream.pump() || more;
    }
  }

  #ping(): void {
    this.writer.write(FrameType.ping, 0, 0, Buffer.alloc(8));
  }

  #sendCredit(size: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(size);
    this.#uncredited = 0;
    this.writer.write(FrameType.windowUpdate, 0, 0, payload);
  }

  #sayGoAway(code: number): void {
    const payload = Buffer.alloc(8);
    payload.writeUInt32BE(this.#lastPeerId, 0);
    payload.writeUInt32BE(code, 4);
    this.writer.write(FrameType.goAway, 0, 0, payload);
  }

  #endIfIdle(): void {
    if (this.#goingAway && this.#streams.size === 0) this.#finish();
  }

  #finish(error?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#keepAlive[Symbol.dispose]();
    const why = error ?? new Error('connection was closed');
    for (const stream of [...this.#streams.values()]) stream.close(why);
    this.writer.flush();
    this.#part(error);
    this.#resolveGoingAway();
    this.#resolveClosed(error);
  }

  /** Lets a peer that is there read our last words, and close its side. */
  #part(error?: Error): void {
    const connection = this.#connection;
    if (connection.destroyed) return;
    if (error !== undefined && !(error instanceof Http2Error)) {
      connection.destroy();
      return;
    }
    const timer = this.#clock.after(FAREWELL_MS, () => connection.destroy());
    connection.on('close', () => timer[Symbol.dispose]());
    connection.on('end', () => connection.destroy());
    connection.resume().end();
  }
}

function sized(payload: Buffer, size: number, what: string): Buffer {
  if (payload.length !== size) throw new Http2Error(ErrorCode.frameSizeError, `${what} has the wrong size`);
  return payload;
}
