import { Flag, FRAME_HEAD_BYTES, FrameType, PREFACE } from './frame.ts';
import { ErrorCode, Http2Error } from './http2-error.ts';

/** What the peer may send in one frame: data, which is handed on in pieces, and all else, which is kept until whole. */
export interface FrameLimits {
  readonly dataBytes: number;
  readonly otherBytes: number;
}

export interface FrameHandler {
  /** A whole frame, but for one of plain data. */
  frame(type: number, flags: number, streamId: number, payload: Buffer): void;
  /** As much of a data frame as has come. @param end whether the stream's half ends with it. */
  data(streamId: number, piece: Buffer, end: boolean): void;
}

/** Cuts what a connection gives into frames (RFC 9113, section 4.1). Data is neither copied nor waited for. */
export class FrameReader {
  readonly #limits: FrameLimits;
  readonly #handler: FrameHandler;
  #kept: Buffer = Buffer.alloc(0);
  #prefaceLeft: number;
  /** The data frame that is being read. */
  #open: { streamId: number; end: boolean; left: number } | undefined;

  /** @param preface whether the peer is a client, which says what it speaks first. */
  constructor(preface: boolean, limits: FrameLimits, handler: FrameHandler) {
    this.#prefaceLeft = preface ? PREFACE.length : 0;
    this.#limits = limits;
    this.#handler = handler;
  }

  /** @throws Http2Error on what is no HTTP/2; what the handler throws. */
  push(chunk: Buffer): void {
    let rest = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    for (let used = 1; used > 0 && rest.length > 0; rest = rest.subarray(used)) used = this.#take(rest);
    this.#kept = rest;
  }

  /** @returns how many bytes were used; none when more must come. */
  #take(bytes: Buffer): number {
    if (this.#prefaceLeft > 0) return this.#takePreface(bytes);
    if (this.#open !== undefined) return this.#takeData(this.#open, bytes);
    if (bytes.length < FRAME_HEAD_BYTES) return 0;
    const length = bytes.readUIntBE(0, 3);
    const [type, flags] = [bytes[3]!, bytes[4]!];
    const streamId = bytes.readUInt32BE(5) & 0x7fff_ffff;
    const plain = type === FrameType.data && (flags & Flag.padded) === 0;
    if (length > (plain ? this.#limits.dataBytes : this.#limits.otherBytes))
      throw new Http2Error(ErrorCode.frameSizeError, 'frame is too large');
    if (plain) return this.#openData(streamId, (flags & Flag.endStream) !== 0, length);
    if (bytes.length < FRAME_HEAD_BYTES + length) return 0;
    const payload = bytes.subarray(FRAME_HEAD_BYTES, FRAME_HEAD_BYTES + length);
    this.#handler.frame(type, flags, streamId, payload);
    return FRAME_HEAD_BYTES + length;
  }

  #takePreface(bytes: Buffer): number {
    const size = Math.min(this.#prefaceLeft, bytes.length);
    const at = PREFACE.length - this.#prefaceLeft;
    if (PREFACE.compare(bytes, 0, size, at, at + size) !== 0)
      throw new Http2Error(ErrorCode.protocolError, 'connection preface is missing');
    this.#prefaceLeft -= size;
    return size;
  }

  #openData(streamId: number, end: boolean, length: number): number {
    if (length === 0) this.#handler.data(streamId, Buffer.alloc(0), end);
    else this.#open = { streamId, end, left: length };
    return FRAME_HEAD_BYTES;
  }

  #takeData(open: { streamId: number; end: boolean; left: number }, bytes: Buffer): number {
    const size = Math.min(open.left, bytes.length);
    open.left -= size;
    if (open.left === 0) this.#open = undefined;
    this.#handler.data(open.streamId, bytes.subarray(0, size), open.left === 0 && open.end);
    return size;
  }
}
