import { badRequest, nestsTooDeep } from '@hawser/api';

/**
 * JSON Merge Patch (RFC 7396): null removes, objects merge, everything else replaces.
 * @returns the patched object; the given one may be changed.
 * @throws ApiError BadRequest where the patch is no object, or nests too deep.
 */
export function applyMergePatch(object: object, patch: unknown): unknown {
  if (!isObject(patch)) throw badRequest('error decoding patch: a merge patch must be an object');
  if (nestsTooDeep(patch)) throw badRequest('error decoding patch: json: exceeded max depth');
  return merge(object, patch);
}

function merge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? target : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else define(result, key, merge(Object.hasOwn(result, key) ? result[key] : undefined, value));
  }
  return result;
}

/** Assigning `__proto__` would set the prototype instead of a key. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
