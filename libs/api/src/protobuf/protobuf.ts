import { ListMeta } from '../kinds/meta/list-meta.ts';
import { schemaFor } from '../kinds/schema-for.ts';
import type { AnyMessage } from '../schema/fields.ts';
import type { TypeMeta } from '../schema/kind.ts';
import { decodeMessage } from './decode-message.ts';
import { encodeMessage } from './encode-message.ts';
import { readEnvelope, writeEnvelope, writeListEnvelope } from './envelope.ts';
import { ProtobufError } from './protobuf-error.ts';
import { string } from './scalar-codec.ts';
import { BYTES } from './wire-type.ts';
import { varintSize, WireWriter } from './wire-writer.ts';

export const PROTOBUF_MEDIA_TYPE = 'application/vnd.kubernetes.protobuf';

/**
 * Reads a body of type `application/vnd.kubernetes.protobuf`.
 * @param fallback what the object is where the envelope does not say.
 * @returns the object as decoding its JSON would give it, with `apiVersion` and `kind`.
 * @throws ProtobufError on malformed bytes, and on kinds that no table declares.
 */
export function decodeProtobuf(
  body: Uint8Array,
  fallback: TypeMeta = { apiVersion: '', kind: '' },
): TypeMeta & Record<string, unknown> {
  const envelope = readEnvelope(body);
  const apiVersion = envelope.apiVersion || fallback.apiVersion;
  const kind = envelope.kind || fallback.kind;
  return { apiVersion, kind, ...decodeMessage(knownSchema(apiVersion, kind), envelope.raw) };
}

/**
 * Writes an object, a list, a Status as a body of type `application/vnd.kubernetes.protobuf`.
 * @throws ProtobufError on kinds that no table declares.
 */
export function encodeProtobuf(object: TypeMeta): Buffer {
  const { apiVersion, kind } = object;
  return writeEnvelope({ apiVersion, kind, raw: encodeMessage(knownSchema(apiVersion, kind), object) });
}

/**
 * Writes a list as such a body, of items that were encoded before.
 * @param typeMeta the list's own, such as PodList.
 * @param items each as `encodeMessage` gives it.
 */
export function encodeProtobufList(
  typeMeta: TypeMeta,
  metadata: object,
  items: readonly Uint8Array[],
): Buffer {
  return writeListEnvelope(typeMeta, encodeMessage(ListMeta, metadata), items);
}

/**
 * Frames one event of a watch of type `application/vnd.kubernetes.protobuf;stream=watch`: its length in four bytes,
 * then `WatchEvent {type = 1, object = 2 {raw = 1}}` (apimachinery/pkg/util/framer, apis/meta/v1/watch.go).
 * @param sizeBytes of the object's body.
 * @returns all that comes before that body; nothing comes after it.
 */
export function protobufEventHead(type: string, sizeBytes: number): Buffer {
  const objectSize = 1 + varintSize(sizeBytes) + sizeBytes;
  const head = new WireWriter(64);
  string.write(head, 1, type);
  head.writeTag(2, BYTES);
  head.writeVarint(objectSize);
  head.writeTag(1, BYTES);
  head.writeVarint(sizeBytes);
  const fields = head.finish();
  const length = Buffer.alloc(4);
  length.writeUInt32BE(fields.length + sizeBytes);
  return Buffer.concat([length, fields]);
}

function knownSchema(apiVersion: string, kind: string): AnyMessage {
  const schema = schemaFor(apiVersion, kind);
  if (schema === undefined)
    throw new ProtobufError(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`,
    );
  return schema;
}
