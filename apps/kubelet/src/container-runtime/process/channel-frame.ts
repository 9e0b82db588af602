import type { Readable } from 'node:stream';

/** A message of channel.pl, which says what each type means. */
export interface ChannelFrame {
  readonly type: string;
  readonly data: Buffer;
}

const HEADER_BYTES = 5;
/** The scripts send less; more would be somebody else's bytes. */
const MAX_FRAME_BYTES = 1 << 20;

export function encodeFrame(type: string, data: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + data.length);
  frame.write(type, 0, 'latin1');
  frame.writeUInt32BE(data.length, 1);
  data.copy(frame, HEADER_BYTES);
  return frame;
}

/**
 * Reads frames until the stream ends. It reads on only when asked for the next one.
 * @param head what was read already.
 * @throws Error for a frame that is longer than any can be.
 */
export async function* readFrames(stream: Readable, head: Buffer): AsyncGenerator<ChannelFrame> {
  let rest = head;
  for (;;) {
    const frame = takeFrame(rest);
    if (frame === undefined) break;
    rest = rest.subarray(HEADER_BYTES + frame.data.length);
    yield frame;
  }
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let frame = takeFrame(rest); frame !== undefined; frame = takeFrame(rest)) {
      rest = rest.subarray(HEADER_BYTES + frame.data.length);
      yield frame;
    }
  }
}

function takeFrame(bytes: Buffer): ChannelFrame | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const length = bytes.readUInt32BE(1);
  if (length > MAX_FRAME_BYTES) throw new Error(`a frame of ${length} bytes`);
  if (bytes.length < HEADER_BYTES + length) return undefined;
  return { type: bytes.toString('latin1', 0, 1), data: bytes.subarray(HEADER_BYTES, HEADER_BYTES + length) };
}
