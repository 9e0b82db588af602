import { ApiError, badRequest } from '@hawser/api';
import jsonPatch, { type Operation } from 'fast-json-patch';

/** Upstream's bound on the operations of one patch (`MaxJSONPatchOperations`). */
const MAX_OPERATIONS = 10_000;

/**
 * JSON Patch (RFC 6902).
 * @returns the patched object.
 * @throws ApiError BadRequest on what is no patch, Invalid on an operation that does not apply.
 */
export function applyJsonPatch(object: object, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw badRequest('error decoding patch: a JSON patch must be a list of operations');
  if (patch.length > MAX_OPERATIONS)
    throw new ApiError(
      'RequestEntityTooLarge',
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    );
  try {
    return jsonPatch.applyPatch(object, patch as Operation[], true, false, true).newDocument;
  } catch (cause) {
    throw refusalOf(cause);
  }
}

/** Operations that are well formed and yet do not apply to this object; all other faults are the patch's own. */
const INAPPLICABLE = new Set([
  'TEST_OPERATION_FAILED',
  'OPERATION_PATH_CANNOT_ADD',
  'OPERATION_PATH_UNRESOLVABLE',
  'OPERATION_FROM_UNRESOLVABLE',
]);

function refusalOf(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause;
  const { name, message } = cause;
  // At a path into a prototype the library throws a TypeError.
  const unsafe = name === 'TypeError';
  if (!unsafe && !(cause instanceof jsonPatch.JsonPatchError)) return cause;
  const what = message.split('\n')[0];
  if (unsafe || INAPPLICABLE.has(name))
    return new ApiError(
      'Invalid',
      `the server rejected our request due to an error in our request: ${what}`,
      undefined,
      { cause },
    );
  return badRequest(`error decoding patch: ${what}`, cause);
}
