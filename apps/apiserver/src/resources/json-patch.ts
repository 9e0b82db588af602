import { ApiError, badRequest, nestsTooDeep } from '@hawser/api';
import jsonPatch, { type Operation } from 'fast-json-patch';

/** Upstream's bound on the operations of one patch (`MaxJSONPatchOperations`). */
const MAX_OPERATIONS = 10_000;
/** How much all `copy` operations of one patch may add: each could double the object (upstream: the body's limit). */
const MAX_COPIED_BYTES = 3 * 1024 * 1024;

/**
 * JSON Patch (RFC 6902).
 * @returns the patched object.
 * @throws ApiError BadRequest on what is no patch, Invalid on an operation that does not apply,
 * RequestEntityTooLarge on too many operations or too much that is copied.
 */
export function applyJsonPatch(object: object, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw badRequest('error decoding patch: a JSON patch must be a list of operations');
  if (patch.length > MAX_OPERATIONS)
    throw new ApiError(
      'RequestEntityTooLarge',
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    );
  if (nestsTooDeep(patch)) throw badRequest('error decoding patch: json: exceeded max depth');
  try {
    // The patch too: its values become part of the object, and it may be tried again on a newer one.
    return applyAll(structuredClone(object), structuredClone(patch) as Operation[]);
  } catch (cause) {
    throw refusalOf(cause);
  }
}

function applyAll(object: object, patch: readonly Operation[]): unknown {
  let document: unknown = object;
  let copiedBytes = 0;
  patch.forEach((operation, i) => {
    if (isOperation(operation, 'copy')) copiedBytes += sizeAt(document, operation.from);
    if (copiedBytes > MAX_COPIED_BYTES)
      throw new ApiError(
        'RequestEntityTooLarge',
        `Unable to complete the copy operations of the patch: they add more than ${MAX_COPIED_BYTES} bytes`,
      );
    for (const step of stepsOf(document, operation))
      document = jsonPatch.applyOperation(document, step, true, true, true, i).newDocument;
  });
  return document;
}

function isOperation<T extends 'copy' | 'move'>(
  operation: unknown,
  op: T,
): operation is Operation & { op: T } {
  const { op: found, from, path } = (operation ?? {}) as Record<string, unknown>;
  return found === op && typeof from === 'string' && typeof path === 'string';
}

function sizeAt(document: unknown, pointer: string): number {
  const value: unknown = jsonPatch.getValueByPointer(document, pointer);
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}

/** The library clones what stands where something is moved to, for a result that nobody asks for. */
function stepsOf(document: unknown, operation: Operation): readonly Operation[] {
  if (!isOperation(operation, 'move') || operation.path === '' || operation.from === '') return [operation];
  const value: unknown = jsonPatch.getValueByPointer(document, operation.from);
  // Left to the library, which refuses it.
  if (value === undefined) return [operation];
  return [
    { op: 'remove', path: operation.from },
    { op: 'add', path: operation.path, value },
  ];
}
/** Operations that are well formed and yet do not apply to this object; all other faults are the patch's own. */
const INAPPLICABLE = new Set([
  'TEST_OPERATION_FAILED',
  'OPERATION_PATH_CANNOT_ADD',
  'OPERATION_PATH_UNRESOLVABLE',
  'OPERATION_FROM_UNRESOLVABLE',
  // Which items a list has is the object's affair, too.
  'OPERATION_PATH_ILLEGAL_ARRAY_INDEX',
  'OPERATION_VALUE_OUT_OF_BOUNDS',
]);

function refusalOf(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause;
  // Operations can nest an object deeper than it can be walked.
  if (cause instanceof RangeError) return badRequest('error decoding patch: exceeded max depth', cause);
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
