import type { AnyMessage, Field, ScalarName } from '../schema/fields.ts';
import { keepsZero } from '../schema/go-shape.ts';
import type { ScalarCodec } from './scalar-codec.ts';
import { scalarCodecs } from './scalar-codecs.ts';
import { WireReader } from './wire-reader.ts';
import { BYTES, FIXED64, VARINT } from './wire-type.ts';

/**
 * Reads protobuf as a table says, into what decoding the same object from JSON would give. Zero values that
 * JSON leaves out are left out (`keepsZero` in the table); unknown fields are passed over. Decoders are made once per table and kept.
 */

type Target = Record<string, unknown>;

type MessageDecoder = Map<number, (reader: WireReader, into: Target) => void>;

const decoders = new WeakMap<AnyMessage, MessageDecoder>();

/** @throws ProtobufError where the bytes are not such a message. */
export function decodeMessage(message: AnyMessage, bytes: Uint8Array): Record<string, unknown> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return decodeInto(message, new WireReader(buffer), {});
}

function decodeInto(message: AnyMessage, reader: WireReader, into: Target): Target {
  const fields = decoderOf(message);
  while (!reader.isAtEnd) {
    reader.readTag();
    const decode = fields.get(reader.field);
    if (decode === undefined) reader.skip();
    else decode(reader, into);
  }
  return into;
}

function decoderOf(message: AnyMessage): MessageDecoder {
  let made = decoders.get(message);
  if (made === undefined) {
    const entries = Object.entries(message.fields as Record<string, Field>);
    made = new Map(entries.map(([name, field]) => [field.number, fieldDecoder(name, field)]));
    // What JSON alone carries.
    made.delete(0);
    decoders.set(message, made);
  }
  return made;
}

function fieldDecoder(name: string, field: Field) {
  const scalar = typeof field.type === 'string' ? codecOf(field.type) : undefined;
  const message = field.type as AnyMessage;
  switch (field.shape) {
    case 'one':
      return scalar === undefined ? decodeStructure(name, message) : decodeScalar(name, field, scalar);
    case 'list':
      return scalar === undefined ? decodeStructures(name, message) : decodeScalars(name, scalar);
    case 'map':
      return decodeEntry(name, scalar ?? structureReader(message));
    case 'inline':
      return (reader: WireReader, into: Target) => {
        reader.expect(BYTES);
        decodeInto(message, reader.readMessage(), into);
      };
  }
}

function decodeScalar(name: string, field: Field, codec: ScalarCodec<unknown>) {
  const keeps = keepsZero(field);
  return (reader: WireReader, into: Target): void => {
    reader.expect(codec.wireType);
    const value = codec.read(reader);
    if (value === undefined || (!keeps && value === codec.zero)) delete into[name];
    else into[name] = value;
  };
}

/** A structure that comes twice is merged, as protobuf asks. */
function decodeStructure(name: string, message: AnyMessage) {
  return (reader: WireReader, into: Target): void => {
    reader.expect(BYTES);
    into[name] = decodeInto(message, reader.readMessage(), (into[name] ?? {}) as Target);
  };
}

function decodeStructures(name: string, message: AnyMessage) {
  return (reader: WireReader, into: Target): void => {
    reader.expect(BYTES);
    itemsOf(name, into).push(decodeInto(message, reader.readMessage(), {}));
  };
}

/** Numbers may stand one by one or packed into one field. */
function decodeScalars(name: string, codec: ScalarCodec<unknown>) {
  const packable = codec.wireType === VARINT || codec.wireType === FIXED64;
  return (reader: WireReader, into: Target): void => {
    const items = itemsOf(name, into);
    if (packable && reader.wireType === BYTES) {
      const packed = reader.readMessage();
      while (!packed.isAtEnd) items.push(codec.read(packed));
      return;
    }
    reader.expect(codec.wireType);
    items.push(codec.read(reader));
  };
}

type ElementReader = Pick<ScalarCodec<unknown>, 'wireType' | 'read' | 'zero'>;

function structureReader(message: AnyMessage): ElementReader {
  return { wireType: BYTES, read: (reader) => decodeInto(message, reader.readMessage(), {}), zero: {} };
}

/** A map is a list of entries `{key = 1, value = 2}`; what an entry leaves out is the zero value. */
function decodeEntry(name: string, element: ElementReader) {
  // Of a time it is null, as in JSON.
  const zero = element.zero ?? null;
  return (reader: WireReader, into: Target): void => {
    reader.expect(BYTES);
    const entry = reader.readMessage();
    let key = '';
    let value = zero;
    while (!entry.isAtEnd) {
      entry.readTag();
      if (entry.field === 1) {
        entry.expect(BYTES);
        key = entry.readString();
      } else if (entry.field === 2) {
        entry.expect(element.wireType);
        value = element.read(entry) ?? zero;
      } else entry.skip();
    }
    into[name] ??= {};
    setProperty(into[name] as Target, key, value);
  };
}

/** Assigning `__proto__` would set the prototype instead of a key. */
function setProperty(map: Target, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true });
  else map[key] = value;
}

function itemsOf(name: string, into: Target): unknown[] {
  into[name] ??= [];
  return into[name] as unknown[];
}

function codecOf(type: ScalarName): ScalarCodec<unknown> {
  return scalarCodecs[type] as ScalarCodec<unknown>;
}
