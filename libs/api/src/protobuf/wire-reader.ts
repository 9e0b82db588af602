import { ProtobufError } from './protobuf-error.ts';
import { BYTES, END_GROUP, FIXED32, FIXED64, START_GROUP, VARINT } from './wire-type.ts';

/** Deeper nesting is an attack or a mistake: no kind comes near it. */
const MAX_DEPTH = 100;
const TWO_32 = 2 ** 32;
const MAX_FIELD = 2 ** 29 - 1;

/**
 * Reads protobuf's wire format from bytes that may be hostile: every length is checked against what is there,
 * nesting is bounded, and whatever is wrong is a ProtobufError.
 */
export class WireReader {
  /** Field number of the tag that was read last. */
  field = 0;
  /** Wire type of the tag that was read last. */
  wireType = 0;
  private at: number;

  constructor(
    private readonly bytes: Buffer,
    start = 0,
    private readonly end = bytes.length,
    private readonly depth = 0,
  ) {
    if (depth > MAX_DEPTH) throw new ProtobufError('proto: message is nested too deeply');
    this.at = start;
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  /** Reads a tag into `field` and `wireType`. */
  readTag(): void {
    const tag = this.readVarint();
    this.field = Math.floor(tag / 8);
    this.wireType = tag % 8;
    if (tag < 0 || this.field < 1 || this.field > MAX_FIELD)
      throw new ProtobufError(`proto: illegal tag ${this.field}`);
  }

  /** @throws ProtobufError unless the field just met is laid out so. */
  expect(wireType: number): void {
    if (this.wireType !== wireType)
      throw new ProtobufError(`proto: wrong wireType = ${this.wireType} for field ${this.field}`);
  }

  /** A signed 64-bit integer; one that a number cannot hold exactly is refused. */
  readVarint(): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.readByte();
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) return toInteger(low, high);
    }
    throw new ProtobufError('proto: integer overflow');
  }

  readDouble(): number {
    return this.bytes.readDoubleLE(this.take(8));
  }

  readString(): string {
    const length = this.readLength();
    const start = this.take(length);
    return this.bytes.toString('utf8', start, start + length);
  }

  readBytes(): Buffer {
    const length = this.readLength();
    const start = this.take(length);
    return this.bytes.subarray(start, start + length);
  }

  /** A reader over the message that stands here. */
  readMessage(): WireReader {
    const length = this.readLength();
    const start = this.take(length);
    return new WireReader(this.bytes, start, start + length, this.depth + 1);
  }

  /** Passes over the value of the tag just read. */
  skip(depth = this.depth): void {
    switch (this.wireType) {
      case VARINT:
        while (this.readByte() >= 0x80);
        return;
      case FIXED64:
        this.take(8);
        return;
      case BYTES:
        this.take(this.readLength());
        return;
      case START_GROUP:
        this.skipGroup(depth + 1);
        return;
      case FIXED32:
        this.take(4);
        return;
      default:
        throw new ProtobufError(`proto: illegal wireType ${this.wireType}`);
    }
  }

  private skipGroup(depth: number): void {
    if (depth > MAX_DEPTH) throw new ProtobufError('proto: message is nested too deeply');
    const group = this.field;
    for (;;) {
      this.readTag();
      if (this.wireType !== END_GROUP) this.skip(depth);
      else if (this.field === group) return;
      else throw new ProtobufError('proto: unexpected end of group');
    }
  }

  private readLength(): number {
    const length = this.readVarint();
    if (length < 0) throw new ProtobufError('proto: negative length found during unmarshaling');
    return length;
  }

  private readByte(): number {
    return this.bytes[this.take(1)]!;
  }

  /** Moves on by so many bytes and tells where they start. */
  private take(length: number): number {
    const start = this.at;
    if (length > this.end - start) throw new ProtobufError('unexpected EOF');
    this.at = start + length;
    return start;
  }
}

function toInteger(low: number, high: number): number {
  const value = high * TWO_32 + (low >>> 0);
  if (!Number.isSafeInteger(value)) throw new ProtobufError('proto: integer overflow');
  return value;
}
