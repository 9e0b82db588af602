import { isJsonObject, type JsonObject, setKey } from '../json-object.ts';
import { checkedPatch } from './patch-error.ts';

/**
 * JSON Merge Patch (RFC 7396): null removes, objects merge, everything else replaces.
 * @returns the patched object; the given one may be changed.
 * @throws PatchError where the patch is no object, or nests too deep.
 */
export function applyMergePatch(object: JsonObject, patch: unknown): JsonObject {
  return merge(object, checkedPatch(patch)) as JsonObject;
}

function merge(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const result: JsonObject = isJsonObject(target) ? target : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else setKey(result, key, merge(Object.hasOwn(result, key) ? result[key] : undefined, value));
  }
  return result;
}
