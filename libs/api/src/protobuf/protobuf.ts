import { schemaFor } from '../kinds/schema-for.ts';
import type { AnyMessage } from '../schema/fields.ts';
import type { TypeMeta } from '../schema/kind.ts';
import { decodeMessage } from './decode-message.ts';
import { encodeMessage } from './encode-message.ts';
import { readEnvelope, writeEnvelope } from './envelope.ts';
import { ProtobufError } from './protobuf-error.ts';

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
export function encodeProtobuf(object: TypeMeta): Uint8Array {
  const { apiVersion, kind } = object;
  return writeEnvelope({ apiVersion, kind, raw: encodeMessage(knownSchema(apiVersion, kind), object) });
}

function knownSchema(apiVersion: string, kind: string): AnyMessage {
  const schema = schemaFor(apiVersion, kind);
  if (schema === undefined)
    throw new ProtobufError(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`,
    );
  return schema;
}
