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

export function writeEnvelope({ apiVersion, kind, raw }: Envelope): Uint8Array {
  const writer = new WireWriter();
  writer.writeMessage(1, () => {
    string.write(writer, 1, apiVersion);
    string.write(writer, 2, kind);
  });
  writer.writeTag(2, BYTES);
  writer.writeBytes(raw);
  return Buffer.concat([MAGIC, writer.finish()]);
}
