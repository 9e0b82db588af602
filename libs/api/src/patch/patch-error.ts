import { nestsTooDeep } from '../decode/nesting.ts';
import { isJsonObject, type JsonObject } from '../json-object.ts';

/** A patch that cannot be carried out as it is written. */
export class PatchError extends Error {
  override name = 'PatchError';
}

/** @throws PatchError where a patch is no object, or nests so deep that walking it would overflow. */
export function checkedPatch(patch: unknown): JsonObject {
  if (!isJsonObject(patch)) throw new PatchError('error decoding patch: a merge patch must be an object');
  if (nestsTooDeep(patch)) throw new PatchError('error decoding patch: json: exceeded max depth');
  return patch;
}
