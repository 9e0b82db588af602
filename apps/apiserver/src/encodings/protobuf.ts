import {
  encodeProtobuf,
  encodeProtobufList,
  PROTOBUF_MEDIA_TYPE,
  protobufEventHead,
  writeEnvelope,
} from '@hawser/api';
import { protobufBytes } from '@hawser/registry';
import { type Encoding, listTypeOf } from './encoding.ts';

const NOTHING = Buffer.alloc(0);

/** Protobuf: an object is encoded for its first reader and kept; a list is the kept bytes of its items. */
export const protobuf: Encoding = {
  mediaType: PROTOBUF_MEDIA_TYPE,
  tables: false,
  events: {
    mediaType: `${PROTOBUF_MEDIA_TYPE};stream=watch`,
    around: (type, sizeBytes) => ({ head: protobufEventHead(type, sizeBytes), tail: NOTHING }),
  },
  object: encodeProtobuf,
  entry: (kind, entry) =>
    writeEnvelope({ kind: kind.kind, apiVersion: kind.apiVersion, raw: protobufBytes(kind, entry) }),
  list: (kind, metadata, entries) =>
    encodeProtobufList(
      listTypeOf(kind),
      metadata,
      entries.map((entry) => protobufBytes(kind, entry)),
    ),
};
