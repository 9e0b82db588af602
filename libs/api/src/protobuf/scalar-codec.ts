import type { WireReader } from './wire-reader.ts';
import { BYTES, FIXED64, VARINT } from './wire-type.ts';
import type { WireWriter } from './wire-writer.ts';

/** How a value of one type stands on the wire. */
export interface ScalarCodec<T> {
  readonly wireType: number;
  /** Reads the value after its tag; nothing where what stands there means absence. */
  readonly read: (reader: WireReader) => T | undefined;
  /** Writes the tag and the value. */
  readonly write: (writer: WireWriter, field: number, value: T) => void;
  /** Writes what Go does for a field that it holds by value and nobody set. */
  readonly writeZero: (writer: WireWriter, field: number) => void;
  /** The value of a field that nobody set, and of a map entry that has none. */
  readonly zero: T | undefined;
}

export const string: ScalarCodec<string> = {
  wireType: BYTES,
  read: (reader) => reader.readString(),
  write: (writer, field, value) => {
    writer.writeTag(field, BYTES);
    writer.writeString(value);
  },
  writeZero: (writer, field) => string.write(writer, field, ''),
  zero: '',
};

export const bool: ScalarCodec<boolean> = {
  wireType: VARINT,
  read: (reader) => reader.readVarint() !== 0,
  write: (writer, field, value) => int64.write(writer, field, value ? 1 : 0),
  writeZero: (writer, field) => int64.write(writer, field, 0),
  zero: false,
};

export const int64: ScalarCodec<number> = {
  wireType: VARINT,
  read: (reader) => reader.readVarint(),
  write: (writer, field, value) => {
    writer.writeTag(field, VARINT);
    writer.writeVarint(value);
  },
  writeZero: (writer, field) => int64.write(writer, field, 0),
  zero: 0,
};

/** As int64; what does not fit is cut off, as Go does. */
export const int32: ScalarCodec<number> = { ...int64, read: (reader) => reader.readVarint() | 0 };

export const double: ScalarCodec<number> = {
  wireType: FIXED64,
  read: (reader) => reader.readDouble(),
  write: (writer, field, value) => {
    writer.writeTag(field, FIXED64);
    writer.writeDouble(value);
  },
  writeZero: (writer, field) => double.write(writer, field, 0),
  zero: 0,
};

/** Base64 in JSON, bytes on the wire. */
export const bytes: ScalarCodec<string> = {
  wireType: BYTES,
  read: (reader) => reader.readBytes().toString('base64'),
  write: (writer, field, value) => {
    writer.writeTag(field, BYTES);
    writer.writeBytes(Buffer.from(value, 'base64'));
  },
  // No bytes are a nil slice, which is not written.
  writeZero: () => {},
  zero: '',
};

/** What a message without a field is on the wire. */
export function writeEmptyMessage(writer: WireWriter, field: number): void {
  writer.writeTag(field, BYTES);
  writer.writeVarint(0);
}
