import type { AnyMessage, Field, ScalarName } from '../schema/fields.ts';
import { isPointer } from '../schema/go-shape.ts';
import { type ScalarCodec, writeEmptyMessage } from './scalar-codec.ts';
import { scalarCodecs } from './scalar-codecs.ts';
import { WireWriter } from './wire-writer.ts';

/**
 * Writes an object as protobuf, byte for byte as upstream's generated code does: fields in the order of their
 * numbers, what Go holds by value always, maps in the order of their keys. What the table does not know is left
 * out. Encoders are made once per table and kept.
 */

type Source = Record<string, unknown>;
type Encoder = (writer: WireWriter, object: Source) => void;
type ElementWriter = (writer: WireWriter, field: number, value: unknown) => void;

const encoders = new WeakMap<AnyMessage, Encoder>();

/** @param object as decoding from JSON gives it. */
export function encodeMessage(message: AnyMessage, object: object): Buffer {
  const writer = new WireWriter();
  encoderOf(message)(writer, object as Source);
  return writer.finish();
}

function encoderOf(message: AnyMessage): Encoder {
  let made = encoders.get(message);
  if (made === undefined) {
    const steps: Encoder[] = Object.entries(message.fields as Record<string, Field>)
      .filter(([, field]) => field.number !== 0)
      .sort(([, a], [, b]) => a.number - b.number)
      .map(([name, field]) => fieldEncoder(name, field));
    made = (writer, object) => {
      for (const step of steps) step(writer, object);
    };
    encoders.set(message, made);
  }
  return made;
}

function fieldEncoder(name: string, field: Field): Encoder {
  const { shape, type, number } = field;
  const write = elementWriter(type);
  switch (shape) {
    case 'inline':
      return (writer, object) => write(writer, number, object);
    case 'one':
      return isPointer(field)
        ? present(name, (writer, value) => write(writer, number, value))
        : always(name, field, write);
    case 'list':
      return present(name, (writer, value) => {
        for (const item of value as unknown[]) write(writer, number, item);
      });
    case 'map':
      return present(name, (writer, value) => {
        for (const key of sortedKeys(value as Source))
          writeEntry(writer, number, [key, (value as Source)[key]], write);
      });
  }
}

function present(name: string, write: (writer: WireWriter, value: unknown) => void): Encoder {
  return (writer, object) => {
    const value = object[name];
    if (value !== undefined && value !== null) write(writer, value);
  };
}

/** What Go holds by value is written even when nobody set it. */
function always(name: string, { type, number }: Field, write: ElementWriter): Encoder {
  const zero = typeof type === 'string' ? zeroBytes(type, number) : undefined;
  return (writer, object) => {
    const value = object[name];
    if (value !== undefined && value !== null) write(writer, number, value);
    else if (zero === undefined) write(writer, number, {});
    else writer.writeEncoded(zero);
  };
}

function zeroBytes(type: ScalarName, number: number): Uint8Array {
  const writer = new WireWriter();
  (scalarCodecs[type] as ScalarCodec<unknown>).writeZero(writer, number);
  return Uint8Array.from(writer.finish());
}

const SURROGATE = /[\ud800-\udfff]/;

/** In the order of their UTF-8 bytes, as Go sorts them: JavaScript's differs where there are surrogates. */
function sortedKeys(map: Source): string[] {
  const keys = Object.keys(map).sort();
  return keys.some((key) => SURROGATE.test(key))
    ? keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    : keys;
}

function elementWriter(type: Field['type']): ElementWriter {
  if (typeof type === 'string') return (scalarCodecs[type] as ScalarCodec<unknown>).write;
  // Looked up late: a table may contain itself.
  return (writer, number, value) =>
    writer.writeMessage(number, () => encoderOf(type)(writer, value as Source));
}

function writeEntry(
  writer: WireWriter,
  number: number,
  [key, value]: [string, unknown],
  write: ElementWriter,
): void {
  writer.writeMessage(number, () => {
    scalarCodecs.string.write(writer, 1, key);
    if (value === null) writeEmptyMessage(writer, 2);
    else write(writer, 2, value);
  });
}
