import { isUtf8 } from 'node:buffer';
import { PacketError } from './packet.ts';

/** Protobuf's wire types. */
export const Wire = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

/** Groups in groups: upstream's decoder gives up much later; none of ours has any. */
const MAX_DEPTH = 32;

/** Reads the fields of one protobuf message, in place. */
export class ProtoReader {
  #at = 0;

  constructor(private readonly bytes: Buffer) {}

  get done(): boolean {
    return this.#at === this.bytes.length;
  }

  /** The next field: its number and its wire type. @throws PacketError */
  tag(): [field: number, wire: number] {
    const tag = this.number();
    if (tag < 8) throw new PacketError('field has no number');
    return [Math.floor(tag / 8), tag & 7];
  }

  /** An unsigned number of up to 53 bits; more, as the negative ones, are none that the protocol has. @throws PacketError */
  number(): number {
    let value = 0;
    for (let factor = 1, count = 0; count < 10; factor *= 128, count++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte >= 0x80) continue;
      if (value > Number.MAX_SAFE_INTEGER) break;
      return value;
    }
    throw new PacketError('number is too large');
  }

  /** Any int64. @throws PacketError */
  int64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw new PacketError('number is too large');
  }

  /** @throws PacketError */
  data(): Buffer {
    const length = this.number();
    if (length > this.bytes.length - this.#at) throw new PacketError('message is cut short');
    this.#at += length;
    return this.bytes.subarray(this.#at - length, this.#at);
  }

  /** @throws PacketError on what is no UTF-8, as proto3 has it. */
  text(): string {
    const bytes = this.data();
    if (!isUtf8(bytes)) throw new PacketError('string is not valid UTF-8');
    return bytes.toString('utf8');
  }

  /** Passes over the value of a field that is not known. @throws PacketError */
  skip(field: number, wire: number, depth = 0): void {
    if (wire === Wire.varint) this.int64();
    else if (wire === Wire.bytes) this.data();
    else if (wire === Wire.fixed64) this.#advance(8);
    else if (wire === Wire.fixed32) this.#advance(4);
    else if (wire === Wire.startGroup) this.#skipGroup(field, depth);
    else throw new PacketError(`wire type ${wire} does not exist here`);
  }

  #skipGroup(field: number, depth: number): void {
    if (depth >= MAX_DEPTH) throw new PacketError('groups are too deep');
    for (;;) {
      const [inner, wire] = this.tag();
      if (wire !== Wire.endGroup) this.skip(inner, wire, depth + 1);
      else if (inner === field) return;
      else throw new PacketError('group has the wrong end');
    }
  }

  #advance(size: number): void {
    if (size > this.bytes.length - this.#at) throw new PacketError('message is cut short');
    this.#at += size;
  }

  #byte(): number {
    const byte = this.bytes[this.#at];
    if (byte === undefined) throw new PacketError('message is cut short');
    this.#at++;
    return byte;
  }
}
