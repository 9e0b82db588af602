import { SpdyError } from './spdy-error.ts';

/** Types of control frames (SPDY Protocol, Draft 3, section 2.6). */
export const FrameType = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

/** Reasons of RST_STREAM (section 2.6.3). */
export const ResetStatus = { protocolError: 1, invalidStream: 2, refusedStream: 3, cancel: 5 } as const;

export const FLAG_FIN = 1;
const FLAG_UNIDIRECTIONAL = 2;
const VERSION = 3;
const HEADER_BYTES = 8;
const MAX_STREAM_ID = 0x7fff_ffff;

/** Control frames are small but for header blocks; data frames are read in pieces and may have any size. */
export const MAX_CONTROL_BYTES = 64 * 1024;

/** A whole control frame. */
export interface ControlFrame {
  readonly type: number;
  readonly flags: number;
  /** What follows the eight bytes of the frame's head. */
  readonly body: Buffer;
}

/** A piece of a data frame: as much of it as has come. */
export interface DataPiece {
  readonly streamId: number;
  readonly data: Buffer;
  /** Whether the stream's half ends with this piece. */
  readonly fin: boolean;
}

export interface FrameHandler {
  control(frame: ControlFrame): void;
  data(piece: DataPiece): void;
}

/** Cuts what a socket gives into frames. Data is handed on as it comes, without being copied or waited for. */
export class FrameReader {
  #kept: Buffer = Buffer.alloc(0);
  /** The data frame that is being read. */
  #open: { streamId: number; fin: boolean; left: number } | undefined;

  constructor(private readonly handler: FrameHandler) {}

  /** @throws SpdyError on what is no SPDY/3.1. */
  push(chunk: Buffer): void {
    let rest = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    for (let used = 1; used > 0; rest = rest.subarray(used)) used = this.#take(rest);
    this.#kept = rest;
  }

  /** @returns how many bytes were used; 0 when more are needed. */
  #take(bytes: Buffer): number {
    if (this.#open !== undefined) return this.#takeData(bytes, this.#open);
    if (bytes.length < HEADER_BYTES) return 0;
    const word = bytes.readUInt32BE(0);
    const flags = bytes[4]!;
    const length = bytes.readUIntBE(5, 3);
    if (word > MAX_STREAM_ID) return this.#takeControl(bytes, word, flags, length);
    const fin = (flags & FLAG_FIN) !== 0;
    if (length > 0) this.#open = { streamId: word, fin, left: length };
    else this.handler.data({ streamId: word, data: bytes.subarray(0, 0), fin });
    return HEADER_BYTES;
  }

  #takeControl(bytes: Buffer, word: number, flags: number, length: number): number {
    const version = (word >>> 16) & 0x7fff;
    if (version !== VERSION) throw new SpdyError(`a frame of SPDY version ${version}`);
    if (length > MAX_CONTROL_BYTES) throw new SpdyError(`a control frame of ${length} bytes`);
    if (bytes.length < HEADER_BYTES + length) return 0;
    const body = bytes.subarray(HEADER_BYTES, HEADER_BYTES + length);
    this.handler.control({ type: word & 0xffff, flags, body });
    return HEADER_BYTES + length;
  }

  #takeData(bytes: Buffer, open: { streamId: number; fin: boolean; left: number }): number {
    if (bytes.length === 0) return 0;
    const data = bytes.subarray(0, open.left);
    open.left -= data.length;
    const ended = open.left === 0;
    if (ended) this.#open = undefined;
    this.handler.data({ streamId: open.streamId, data, fin: ended && open.fin });
    return data.length;
  }
}

function controlFrame(type: number, flags: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt16BE(0x8000 | VERSION, 0);
  head.writeUInt16BE(type, 2);
  head[4] = flags;
  head.writeUIntBE(length, 5, 3);
  return Buffer.concat([head, ...parts]);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}

/** @param block compressed headers. */
export function synStream(streamId: number, block: Uint8Array, fin: boolean): Buffer {
  const priorityAndSlot = Buffer.alloc(2);
  return controlFrame(FrameType.synStream, fin ? FLAG_FIN : 0, words(streamId, 0), priorityAndSlot, block);
}

/** @param block compressed headers. */
export function synReply(streamId: number, block: Uint8Array): Buffer {
  return controlFrame(FrameType.synReply, 0, words(streamId), block);
}

export function rstStream(streamId: number, status: number): Buffer {
  return controlFrame(FrameType.rstStream, 0, words(streamId, status));
}

export function ping(id: number): Buffer {
  return controlFrame(FrameType.ping, 0, words(id));
}

export function goAway(lastGoodStreamId: number, status: number): Buffer {
  return controlFrame(FrameType.goAway, 0, words(lastGoodStreamId, status));
}

/** The head of a data frame, to be followed by so many bytes. */
export function dataHead(streamId: number, length: number, fin: boolean): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt32BE(streamId, 0);
  head[4] = fin ? FLAG_FIN : 0;
  head.writeUIntBE(length, 5, 3);
  return head;
}

export interface SynStream {
  readonly streamId: number;
  readonly block: Buffer;
  /** The peer will not write. */
  readonly fin: boolean;
  /** We are not to write. */
  readonly unidirectional: boolean;
}

/** @throws SpdyError when it is too short. */
export function parseSynStream({ flags, body }: ControlFrame): SynStream {
  return {
    streamId: wordAt(body, 0) & MAX_STREAM_ID,
    block: tail(body, 10),
    fin: (flags & FLAG_FIN) !== 0,
    unidirectional: (flags & FLAG_UNIDIRECTIONAL) !== 0,
  };
}

/** Of SYN_REPLY and HEADERS, which have the same form. @throws SpdyError when it is too short. */
export function parseHeaders({ flags, body }: ControlFrame): {
  streamId: number;
  block: Buffer;
  fin: boolean;
} {
  return {
    streamId: wordAt(body, 0) & MAX_STREAM_ID,
    block: tail(body, 4),
    fin: (flags & FLAG_FIN) !== 0,
  };
}

/** A 32-bit word of a body. @throws SpdyError when it is too short. */
export function wordAt(body: Buffer, offset: number): number {
  if (body.length < offset + 4) throw new SpdyError('a control frame is too short');
  return body.readUInt32BE(offset);
}

function tail(body: Buffer, from: number): Buffer {
  if (body.length < from) throw new SpdyError('a control frame is too short');
  return body.subarray(from);
}
