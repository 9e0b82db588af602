import { Flag, FrameType } from './frame.ts';
import { ErrorCode, Http2Error } from './http2-error.ts';

/** A header block is kept until it is whole: more than this is not waited for. */
const MAX_BLOCK_BYTES = 64 * 1024;
const PRIORITY_BYTES = 5;

/** A whole header block, encoded. */
export interface HeaderBlock {
  readonly streamId: number;
  readonly endStream: boolean;
  readonly block: Buffer;
}

/** Puts HEADERS and the CONTINUATIONs after it together (RFC 9113, section 6.10). */
export class HeaderBlockReader {
  #streamId = 0;
  #endStream = false;
  #parts: Buffer[] = [];
  #size = 0;

  /** Whether a block has begun: nothing but its continuation may come then. */
  get reading(): boolean {
    return this.#streamId !== 0;
  }

  /**
   * @returns the block once it is whole.
   * @throws Http2Error
   */
  push(type: number, flags: number, streamId: number, payload: Buffer): HeaderBlock | undefined {
    if (streamId === 0) throw new Http2Error(ErrorCode.protocolError, 'header block of no stream');
    if (type === FrameType.headers) this.#begin(flags, streamId);
    else if (streamId !== this.#streamId)
      throw new Http2Error(ErrorCode.protocolError, 'CONTINUATION of no header block');
    const part = type === FrameType.headers ? fragmentOf(flags, payload) : payload;
    this.#parts.push(part);
    this.#size += part.length;
    // Empty continuations without end are counted too.
    if (this.#size > MAX_BLOCK_BYTES || this.#parts.length > 64)
      throw new Http2Error(ErrorCode.enhanceYourCalm, 'header block is too large');
    return (flags & Flag.endHeaders) === 0 ? undefined : this.#finish();
  }

  #begin(flags: number, streamId: number): void {
    this.#streamId = streamId;
    this.#endStream = (flags & Flag.endStream) !== 0;
  }

  #finish(): HeaderBlock {
    const whole = { streamId: this.#streamId, endStream: this.#endStream, block: Buffer.concat(this.#parts) };
    this.#streamId = 0;
    this.#parts = [];
    this.#size = 0;
    return whole;
  }
}

function fragmentOf(flags: number, payload: Buffer): Buffer {
  const body = withoutPadding(flags, payload);
  if ((flags & Flag.priority) === 0) return body;
  if (body.length < PRIORITY_BYTES) throw new Http2Error(ErrorCode.frameSizeError, 'HEADERS are cut short');
  return body.subarray(PRIORITY_BYTES);
}

/** @throws Http2Error where there is more padding than payload. */
export function withoutPadding(flags: number, payload: Buffer): Buffer {
  if ((flags & Flag.padded) === 0) return payload;
  const padding = payload[0] ?? payload.length;
  if (padding >= payload.length) throw new Http2Error(ErrorCode.protocolError, 'padding is too long');
  return payload.subarray(1, payload.length - padding);
}
