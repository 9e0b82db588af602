import { HpackError } from './hpack-error.ts';
import { decodeHuffman } from './huffman.ts';
import { type Header, STATIC_TABLE } from './static-table.ts';

/** What the dynamic table may hold: the protocol's default, which we do not change. */
export const TABLE_BYTES = 4096;
/** What an entry counts for besides its name and value (RFC 7541, section 4.1). */
const ENTRY_OVERHEAD = 32;

/** Turns the header blocks of one connection, in their order, into headers (RFC 7541). */
export class HpackDecoder {
  readonly #maxListBytes: number;
  #table: Header[] = [];
  #tableBytes = 0;
  #tableLimit = TABLE_BYTES;

  /** @param maxListBytes what a block may come to, each header counted with 32 bytes more than it has. */
  constructor(maxListBytes: number) {
    this.#maxListBytes = maxListBytes;
  }

  /** @throws HpackError */
  decode(block: Buffer): Header[] {
    const reader = new BlockReader(block);
    const headers: Header[] = [];
    let left = this.#maxListBytes;
    while (!reader.done) {
      const header = this.#next(reader, headers.length === 0);
      if (header === undefined) continue;
      left -= sizeOf(header);
      if (left < 0) throw new HpackError('header list is too large');
      headers.push(header);
    }
    return headers;
  }

  #next(reader: BlockReader, first: boolean): Header | undefined {
    const kind = reader.peek();
    if (kind & 0x80) return this.#entry(reader.integer(7));
    if (kind & 0x40) return this.#add(this.#literal(reader, 6));
    if ((kind & 0x20) === 0) return this.#literal(reader, 4);
    if (!first) throw new HpackError('table size update after a header');
    const limit = reader.integer(5);
    if (limit > TABLE_BYTES) throw new HpackError('table size update beyond the setting');
    this.#tableLimit = limit;
    this.#evict();
    return undefined;
  }

  #literal(reader: BlockReader, prefix: number): Header {
    const index = reader.integer(prefix);
    const name = index === 0 ? reader.string() : this.#entry(index)[0];
    return [name, reader.string()];
  }

  #entry(index: number): Header {
    const header = STATIC_TABLE[index - 1] ?? this.#table[index - 1 - STATIC_TABLE.length];
    if (header === undefined) throw new HpackError(`no header at index ${index}`);
    return header;
  }

  #add(header: Header): Header {
    this.#table.unshift(header);
    this.#tableBytes += sizeOf(header);
    this.#evict();
    return header;
  }

  #evict(): void {
    while (this.#tableBytes > this.#tableLimit) this.#tableBytes -= sizeOf(this.#table.pop()!);
  }
}

function sizeOf([name, value]: Header): number {
  return name.length + value.length + ENTRY_OVERHEAD;
}

class BlockReader {
  #at = 0;

  constructor(private readonly block: Buffer) {}

  get done(): boolean {
    return this.#at === this.block.length;
  }

  peek(): number {
    return this.block[this.#at]!;
  }

  /** RFC 7541, section 5.1. */
  integer(prefixBits: number): number {
    const mask = 2 ** prefixBits - 1;
    let value = this.#byte() & mask;
    if (value < mask) return value;
    for (let shift = 0; ; shift += 7) {
      if (shift > 21) throw new HpackError('integer is too large');
      const byte = this.#byte();
      value += (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value;
    }
  }

  /** RFC 7541, section 5.2. Each character is one octet. */
  string(): string {
    const huffman = (this.peek() & 0x80) !== 0;
    const length = this.integer(7);
    if (length > this.block.length - this.#at) throw new HpackError('string is cut short');
    const bytes = this.block.subarray(this.#at, this.#at + length);
    this.#at += length;
    const plain = huffman ? decodeHuffman(bytes) : bytes;
    if (plain === undefined) throw new HpackError('string is no Huffman code');
    return plain.toString('latin1');
  }

  #byte(): number {
    if (this.done) throw new HpackError('header block is cut short');
    return this.block[this.#at++]!;
  }
}
