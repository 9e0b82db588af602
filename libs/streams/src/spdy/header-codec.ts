import { Deflate, Inflate } from 'pako';
import { HEADER_DICTIONARY } from './header-dictionary.ts';
import { SpdyError } from './spdy-error.ts';

/** Headers of a stream: lower-case names; a value that stood more than once is joined by NUL, as on the wire. */
export type SpdyHeaders = Readonly<Record<string, string>>;

/** What a header block may grow to when it is inflated: ours have a handful of short lines. */
export const MAX_HEADER_BYTES = 64 * 1024;

const SYNC_FLUSH = 2;
const BEST_COMPRESSION = 9;
/** The window must hold the dictionary (1,423 bytes); a larger one would be memory for nothing. */
const WINDOW_BITS = 11;
const MEMORY_LEVEL = 1;
const CHUNK_BYTES = 4096;

/** Compresses the header blocks of one direction of a connection: each refers to those before it. */
export class HeaderEncoder {
  readonly #deflate = new Deflate({
    dictionary: HEADER_DICTIONARY,
    level: BEST_COMPRESSION,
    windowBits: WINDOW_BITS,
    memLevel: MEMORY_LEVEL,
    chunkSize: CHUNK_BYTES,
  });

  encode(headers: SpdyHeaders): Buffer {
    const parts: Uint8Array[] = [];
    this.#deflate.onData = (chunk) => void parts.push(chunk as Uint8Array);
    this.#deflate.push(serialize(headers), SYNC_FLUSH);
    return Buffer.concat(parts);
  }
}

/** Inflates the header blocks of the other direction; every block must come here, in order. */
export class HeaderDecoder {
  readonly #inflate = new Inflate({ dictionary: HEADER_DICTIONARY, chunkSize: CHUNK_BYTES });

  /** @throws SpdyError on what is no header block, or grows beyond `MAX_HEADER_BYTES`. */
  decode(block: Uint8Array): SpdyHeaders {
    const parts: Uint8Array[] = [];
    let size = 0;
    this.#inflate.onData = (chunk) => {
      size += chunk.length;
      if (size > MAX_HEADER_BYTES) throw new SpdyError(`a header block exceeds ${MAX_HEADER_BYTES} bytes`);
      parts.push(chunk as Uint8Array);
    };
    if (!this.#inflate.push(block, SYNC_FLUSH))
      throw new SpdyError(`a header block cannot be inflated: ${this.#inflate.msg || this.#inflate.err}`);
    return parse(Buffer.concat(parts));
  }
}

function serialize(headers: SpdyHeaders): Buffer {
  const entries = Object.entries(headers);
  const texts = entries.flatMap(([name, value]) => [Buffer.from(name.toLowerCase()), Buffer.from(value)]);
  return Buffer.concat([uint32(entries.length), ...texts.flatMap((text) => [uint32(text.length), text])]);
}

function parse(block: Buffer): SpdyHeaders {
  let offset = 0;
  const take = (length: number): Buffer => {
    if (offset + length > block.length) throw new SpdyError('a header block ends in the middle of a line');
    offset += length;
    return block.subarray(offset - length, offset);
  };
  const takeText = () => take(take(4).readUInt32BE()).toString();
  const headers: Record<string, string> = Object.create(null);
  for (let left = take(4).readUInt32BE(); left > 0; left -= 1) headers[takeText().toLowerCase()] = takeText();
  return headers;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
