import { YamuxError } from './yamux-error.ts';

// The frames of yamux (hashicorp/yamux, spec.md).

export const HEADER_BYTES = 12;

export const FrameType = { data: 0, windowUpdate: 1, ping: 2, goAway: 3 } as const;

export const Flag = { syn: 1, ack: 2, fin: 4, rst: 8 } as const;

/** Why a session ends. */
export const GoAwayCode = { normal: 0, protocolError: 1, internalError: 2 } as const;

/** So much of each stream may be on its way before its receiver has said anything of windows. */
export const INITIAL_WINDOW_BYTES = 256 * 1024;

/** Stands before the bytes of a data frame, and is the whole of any other. @param length what the type makes of it. */
export function encodeHeader(type: number, flags: number, streamId: number, length: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32BE(type * 0x1_0000 + flags, 0);
  header.writeUInt32BE(streamId, 4);
  header.writeUInt32BE(length, 8);
  return header;
}

/** What is done with the frames that come. */
export interface FrameHandler {
  /** A header; after one of a data frame, `length` bytes of payload follow. */
  frame(type: number, flags: number, streamId: number, length: number): void;
  /** A piece of the data frame that was begun. @param last whether it ends the frame. */
  payload(piece: Buffer, last: boolean): void;
}

/** Takes a byte stream apart into frames. Payload is handed on as it comes, as views: nothing is collected. */
export class FrameReader {
  readonly #handler: FrameHandler;
  /** A header that came in parts. */
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #payloadLeft = 0;
  #stopped = false;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  /** Takes no notice of anything more. */
  stop(): void {
    this.#stopped = true;
  }

  /** @throws YamuxError for what is no frame of version 0. */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.#stopped; )
      at += this.#payloadLeft > 0 ? this.#payload(chunk, at) : this.#head(chunk, at);
  }

  /** @returns how many bytes it took. */
  #payload(chunk: Buffer, at: number): number {
    const length = Math.min(this.#payloadLeft, chunk.length - at);
    this.#payloadLeft -= length;
    const whole = length === chunk.length;
    this.#handler.payload(whole ? chunk : chunk.subarray(at, at + length), this.#payloadLeft === 0);
    return length;
  }

  #head(chunk: Buffer, at: number): number {
    const missing = HEADER_BYTES - this.#headerBytes;
    if (missing === HEADER_BYTES && chunk.length - at >= HEADER_BYTES) {
      this.#parse(chunk, at);
      return HEADER_BYTES;
    }
    const length = chunk.copy(this.#header, this.#headerBytes, at, Math.min(chunk.length, at + missing));
    this.#headerBytes += length;
    if (this.#headerBytes === HEADER_BYTES) {
      this.#headerBytes = 0;
      this.#parse(this.#header, 0);
    }
    return length;
  }

  #parse(bytes: Buffer, at: number): void {
    const [version, type] = [bytes[at]!, bytes[at + 1]!];
    if (version !== 0) throw new YamuxError(`version ${version} is not known`);
    if (type > FrameType.goAway) throw new YamuxError(`frames of type ${type} are not known`);
    const length = bytes.readUInt32BE(at + 8);
    if (type === FrameType.data) this.#payloadLeft = length;
    this.#handler.frame(type, bytes.readUInt16BE(at + 2), bytes.readUInt32BE(at + 4), length);
  }
}
