import type { TypeMeta } from '../schema/kind.ts';
import { ProtobufError } from './protobuf-error.ts';
import { string } from './scalar-codec.ts';
import { WireReader } from './wire-reader.ts';
import { BYTES } from './wire-type.ts';
import { WireWriter } from './wire-writer.ts';
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
  return Buffer.concat([envelopeHead(apiVersion, kind), lengthOf(raw.length), raw, ENVELOPE_TAIL]);
}

const heads = new Map<string, Buffer>();

/** All that comes before the length of the message: the same for every object of a kind. */
function envelopeHead(apiVersion: string, kind: string): Buffer {
  const id = `${apiVersion} ${kind}`;
  let head = heads.get(id);
  if (head === undefined) {
    const writer = new WireWriter();
    writer.writeMessage(1, () => {
      string.write(writer, 1, apiVersion);
      string.write(writer, 2, kind);
    });
    writer.writeTag(2, BYTES);
    head = Buffer.concat([MAGIC, writer.finish()]);
    heads.set(id, head);
  }
  return head;
}

/** `contentEncoding` and `contentType`, both empty. */
const ENVELOPE_TAIL = Buffer.from([0x1a, 0, 0x22, 0]);

function lengthOf(size: number): Buffer {
  const writer = new WireWriter(10);
  writer.writeVarint(size);
  return writer.finish();
}
