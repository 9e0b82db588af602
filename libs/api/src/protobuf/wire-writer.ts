import { BYTES } from './wire-type.ts';

const TWO_32 = 2 ** 32;

/** Writes protobuf's wire format into one buffer that grows. */
export class WireWriter {
  private bytes: Buffer;
  private length = 0;

  /** @param sizeBytes for how much there shall be room at first. */
  constructor(sizeBytes = 1024) {
    this.bytes = Buffer.allocUnsafe(sizeBytes);
  }

  writeTag(field: number, wireType: number): void {
    this.writeVarint(field * 8 + wireType);
  }

  /** A signed integer that a number holds exactly; negative ones take ten bytes. */
  writeVarint(value: number): void {
    if (value >= 0 && value <= 0x7f) {
      this.reserve(1);
      this.bytes[this.length++] = value;
      return;
    }
    this.reserve(10);
    let low = value >>> 0;
    let high = Math.floor(value / TWO_32) >>> 0;
    while (high !== 0 || low > 0x7f) {
      this.bytes[this.length++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.bytes[this.length++] = low;
  }

  writeDouble(value: number): void {
    this.reserve(8);
    this.length = this.bytes.writeDoubleLE(value, this.length);
  }

  /** A string with its length. */
  writeString(value: string): void {
    const size = Buffer.byteLength(value);
    this.writeVarint(size);
    this.reserve(size);
    this.length += this.bytes.write(value, this.length);
  }

  /** Bytes with their length. */
  writeBytes(value: Uint8Array): void {
    this.writeVarint(value.length);
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  /** Bytes that are fields already. */
  writeEncoded(fields: Uint8Array): void {
    this.reserve(fields.length);
    this.bytes.set(fields, this.length);
    this.length += fields.length;
  }

  /** A field that is a message; `write` writes its fields. */
  writeMessage(field: number, write: () => void): void {
    this.writeTag(field, BYTES);
    // Most messages are shorter than 128 bytes: room for one byte of length, widened after the fact.
    const start = this.length + 1;
    this.reserve(1);
    this.length = start;
    write();
    const size = this.length - start;
    const extra = varintSize(size) - 1;
    if (extra > 0) {
      this.reserve(extra);
      this.bytes.copyWithin(start + extra, start, this.length);
    }
    this.length = start - 1;
    this.writeVarint(size);
    this.length += size;
  }

  /** What was written, in memory of its own; the writer must not be used again. */
  finish(): Buffer {
    if (this.length === this.bytes.length) return this.bytes;
    const exact = Buffer.allocUnsafeSlow(this.length);
    this.bytes.copy(exact, 0, 0, this.length);
    return exact;
  }

  private reserve(size: number): void {
    if (this.length + size <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + size));
    this.bytes.copy(larger);
    this.bytes = larger;
  }
}

/** How many bytes a length takes. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size += 1;
  return size;
}
