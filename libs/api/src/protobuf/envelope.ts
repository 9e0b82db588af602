import type { TypeMeta } from '../schema/kind.ts';
import { ProtobufError } from './protobuf-error.ts';
import { string } from './scalar-codec.ts';
import { WireReader } from './wire-reader.ts';
import { BYTES } from './wire-type.ts';
import { varintSize, WireWriter } from './wire-writer.ts';
import { readFields } from './wrapped-codecs.ts';

/**
 * What every protobuf body is: `k8s\0`, then `runtime.Unknown {typeMeta = 1 {apiVersion = 1, kind = 2}, raw = 2,
 * contentEncoding = 3, contentType = 4}`, the last two empty (apimachinery `serializer/protobuf`).
 */
const MAGIC = Buffer.from('k8s\0', 'latin1');

export interface Envelope extends TypeMeta {
  /** The object's own message. */
  readonly raw: Uint8Array;
}

/** @throws ProtobufError where the bytes are not an envelope. */
export function readEnvelope(body: Uint8Array): Envelope {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (!MAGIC.equals(bytes.subarray(0, MAGIC.length)))
    throw new ProtobufError(
      'provided data does not appear to be a protobuf message, expected prefix 6b387300',
    );
  const reader = new WireReader(bytes, MAGIC.length);
  const envelope = { apiVersion: '', kind: '', raw: bytes.subarray(0, 0) };
  while (!reader.isAtEnd) {
    reader.readTag();
    if (reader.field > 2) {
      reader.skip();
      continue;
    }
    reader.expect(BYTES);
    if (reader.field === 2) envelope.raw = reader.readBytes();
    else Object.assign(envelope, readTypeMeta(reader));
  }
  return envelope;
}

function readTypeMeta(reader: WireReader): TypeMeta {
  const { 1: apiVersion = '', 2: kind = '' } = readFields(reader, { 1: string, 2: string });
  return { apiVersion: String(apiVersion), kind: String(kind) };
}

/** Around an object's own message: the bytes of a body. */
export function writeEnvelope({ apiVersion, kind, raw }: Envelope): Buffer {
  return inEnvelope({ apiVersion, kind }, raw.length, (writer) => writer.writeEncoded(raw));
}

/** Around a list's own message, put together of the messages of its items. */
export function writeListEnvelope(
  list: TypeMeta,
  metadata: Uint8Array,
  items: readonly Uint8Array[],
): Buffer {
  const size = items.reduce((sum, item) => sum + fieldSize(item), fieldSize(metadata));
  return inEnvelope(list, size, (writer) => {
    writer.writeTag(1, BYTES);
    writer.writeBytes(metadata);
    for (const item of items) {
      writer.writeTag(2, BYTES);
      writer.writeBytes(item);
    }
  });
}

function inEnvelope(typeMeta: TypeMeta, size: number, write: (writer: WireWriter) => void): Buffer {
  const head = headOf(typeMeta);
  const writer = new WireWriter(head.length + varintSize(size) + size + TAIL.length);
  writer.writeEncoded(head);
  writer.writeVarint(size);
  write(writer);
  writer.writeEncoded(TAIL);
  return writer.finish();
}

/** A message as a field with a number below 16. */
const fieldSize = ({ length }: Uint8Array) => 1 + varintSize(length) + length;

const heads = new Map<string, Buffer>();

/** All that comes before the length of the message: the same for every object of a kind. */
function headOf({ apiVersion, kind }: TypeMeta): Buffer {
  const id = `${apiVersion} ${kind}`;
  let head = heads.get(id);
  if (head === undefined) {
    const writer = new WireWriter();
    writer.writeEncoded(MAGIC);
    writer.writeMessage(1, () => {
      string.write(writer, 1, apiVersion);
      string.write(writer, 2, kind);
    });
    writer.writeTag(2, BYTES);
    head = writer.finish();
    heads.set(id, head);
  }
  return head;
}

/** `contentEncoding` and `contentType`, both empty. */
const TAIL = Buffer.from([0x1a, 0, 0x22, 0]);
