import type { AnyMessage, Field } from '../schema/fields.ts';
import type { ScalarCodec } from './scalar-codec.ts';
import { scalarCodecs } from './scalar-codecs.ts';
import { WireWriter } from './wire-writer.ts';

/**
 * Writes an object as protobuf, field by field as its table says; what the table does not know is left out.
 * Encoders are made once per table and kept.
 */

type Source = Record<string, unknown>;
type Encoder = (writer: WireWriter, object: Source) => void;
type ElementWriter = (writer: WireWriter, field: number, value: unknown) => void;

const encoders = new WeakMap<AnyMessage, Encoder>();

/** @param object as decoding from JSON gives it. */
export function encodeMessage(message: AnyMessage, object: object): Uint8Array {
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

function fieldEncoder(name: string, { shape, type, number }: Field): Encoder {
  const write = elementWriter(type);
  if (shape === 'inline') return (writer, object) => write(writer, number, object);
  if (shape === 'one') return present(name, (writer, value) => write(writer, number, value));
  if (shape === 'list')
    return present(name, (writer, value) => {
      for (const item of value as unknown[]) write(writer, number, item);
    });
  return present(name, (writer, value) => {
    for (const entry of Object.entries(value as Source)) writeEntry(writer, number, entry, write);
  });
}

function present(name: string, write: (writer: WireWriter, value: unknown) => void): Encoder {
  return (writer, object) => {
    const value = object[name];
    if (value !== undefined && value !== null) write(writer, value);
  };
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
    write(writer, 2, value);
  });
}
