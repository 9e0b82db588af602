import { canonicalQuantity, QuantityError } from '../quantity/quantity.ts';
import { formatGoDuration, parseGoDuration } from './go-duration.ts';
import { ProtobufError } from './protobuf-error.ts';
import { bytes, int32, int64, type ScalarCodec, string, writeEmptyMessage } from './scalar-codec.ts';
import type { WireReader } from './wire-reader.ts';
import { BYTES } from './wire-type.ts';
import type { WireWriter } from './wire-writer.ts';

/** Types that are one value in JSON and a message on the wire. */

/** `resource.Quantity {string = 1}` */
export const quantity: ScalarCodec<string> = {
  wireType: BYTES,
  read: (reader) => {
    const text = readFields(reader, { 1: string })[1];
    return text === undefined || text === '' ? undefined : canonical(String(text));
  },
  write: (writer, field, value) => writer.writeMessage(field, () => string.write(writer, 1, value)),
  writeZero: (writer, field) => quantity.write(writer, field, '0'),
  zero: '0',
};

/** `intstr.IntOrString {type = 1, intVal = 2, strVal = 3}`; type 0 is the integer. */
export const intOrString: ScalarCodec<number | string> = {
  wireType: BYTES,
  read: (reader) => {
    const {
      1: type = 0,
      2: integer = 0,
      3: text = '',
    } = readFields(reader, { 1: int64, 2: int32, 3: string });
    return (type === 0 ? integer : text) as number | string;
  },
  write: (writer, field, value) => writer.writeMessage(field, () => writeIntOrString(writer, value)),
  writeZero: (writer, field) => intOrString.write(writer, field, 0),
  zero: 0,
};

/** `metav1.Duration {duration = 1}`, in nanoseconds. */
export const duration: ScalarCodec<string> = {
  wireType: BYTES,
  read: (reader) => formatGoDuration(Number(readFields(reader, { 1: int64 })[1] ?? 0)),
  write: (writer, field, value) =>
    writer.writeMessage(field, () => int64.write(writer, 1, nanoseconds(value))),
  writeZero: (writer, field) => duration.write(writer, field, '0s'),
  zero: '0s',
};

/** `runtime.RawExtension {raw = 1}` and `metav1.FieldsV1 {Raw = 1}`: JSON within protobuf. */
export const json: ScalarCodec<Record<string, unknown>> = {
  wireType: BYTES,
  read: (reader) => {
    const raw = readFields(reader, { 1: bytes })[1];
    return raw === undefined || raw === ''
      ? undefined
      : parseObject(Buffer.from(String(raw), 'base64').toString());
  },
  write: (writer, field, value) =>
    writer.writeMessage(field, () => {
      writer.writeTag(1, BYTES);
      writer.writeString(JSON.stringify(value));
    }),
  writeZero: writeEmptyMessage,
  zero: undefined,
};

/** Messages of one list of strings, such as `ExtraValue {items = 1}`. */
export const stringList: ScalarCodec<string[]> = {
  wireType: BYTES,
  read: (reader) => {
    const message = reader.readMessage();
    const items: string[] = [];
    while (!message.isAtEnd) {
      message.readTag();
      if (message.field !== 1) message.skip();
      else {
        message.expect(BYTES);
        items.push(message.readString());
      }
    }
    return items;
  },
  write: (writer, field, value) =>
    writer.writeMessage(field, () => {
      for (const item of value) string.write(writer, 1, item);
    }),
  writeZero: writeEmptyMessage,
  zero: [],
};

type Scalar = string | number | boolean;

/** The last value of each known field of the message that stands next. */
export function readFields(
  reader: WireReader,
  codecs: Readonly<Record<number, ScalarCodec<string> | ScalarCodec<number>>>,
): Record<number, Scalar | undefined> {
  const message = reader.readMessage();
  const values: Record<number, Scalar | undefined> = {};
  while (!message.isAtEnd) {
    message.readTag();
    const codec = codecs[message.field];
    if (codec === undefined) message.skip();
    else {
      message.expect(codec.wireType);
      values[message.field] = codec.read(message);
    }
  }
  return values;
}

function canonical(text: string): string {
  try {
    return canonicalQuantity(text);
  } catch (error) {
    if (error instanceof QuantityError) throw new ProtobufError(error.message, { cause: error });
    throw error;
  }
}

/** All three fields, as Go writes them. */
function writeIntOrString(writer: WireWriter, value: number | string): void {
  const isText = typeof value === 'string';
  int64.write(writer, 1, isText ? 1 : 0);
  int64.write(writer, 2, isText ? 0 : value);
  string.write(writer, 3, isText ? value : '');
}

function nanoseconds(text: string): number {
  const parsed = parseGoDuration(text);
  if (parsed === undefined) throw new ProtobufError(`time: invalid duration ${JSON.stringify(text)}`);
  return parsed;
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ProtobufError('raw bytes are not JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ProtobufError('raw bytes are not a JSON object');
  return value as Record<string, unknown>;
}
