import { encodeMessage, type Kind } from '@hawser/api';
import type { Entry } from '../cache/kind-cache.ts';

/**
 * The objects of entries as protobuf messages, without an envelope. An entry is encoded when the first client asks
 * for it in protobuf, and what came of it is kept as long as the entry; where all clients speak JSON, none is.
 */
const kept = new WeakMap<Entry, Buffer>();

export function protobufBytes(kind: Kind, entry: Entry): Buffer {
  let bytes = kept.get(entry);
  if (bytes === undefined) {
    bytes = encodeMessage(kind.schema, entry.object);
    kept.set(entry, bytes);
  }
  return bytes;
}
