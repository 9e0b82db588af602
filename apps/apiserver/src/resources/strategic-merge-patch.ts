import { applyStrategicMergePatch, badRequest, type Kind, nestsTooDeep, PatchError } from '@hawser/api';

/**
 * Strategic merge patch, by the kind's table.
 * @throws ApiError BadRequest where the patch is no object, nests too deep, or its directives make no sense.
 */
export function applyStrategicPatch(object: object, patch: unknown, kind: Kind): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch))
    throw badRequest('error decoding patch: a strategic merge patch must be an object');
  if (nestsTooDeep(patch)) throw badRequest('error decoding patch: json: exceeded max depth');
  try {
    return applyStrategicMergePatch(
      kind.schema,
      object as Record<string, unknown>,
      patch as Record<string, unknown>,
    );
  } catch (cause) {
    if (cause instanceof PatchError) throw badRequest(cause.message, cause);
    throw cause;
  }
}
