import { badRequest } from '@hawser/api';
import type { WriteContext } from '@hawser/registry';
import type { RequestContext } from '../pipeline/request-context.ts';

/**
 * What a request's write brings along. Its audit event is committed with the object.
 * @throws ApiError BadRequest on a `dryRun` that is not `All`.
 */
export function writeContextOf(context: RequestContext): WriteContext {
  const { info, identity, sourceAddress, trail, warnings } = context;
  const dryRuns = info.query.getAll('dryRun').filter((value) => value !== '');
  if (dryRuns.some((value) => value !== 'All'))
    throw badRequest(`dryRun: Unsupported value: ${JSON.stringify(dryRuns[0])}: supported values: "All"`);
  return {
    identity,
    sourceAddress,
    dryRun: dryRuns.length > 0,
    warn: (text) => void warnings.push(text),
    outbox: (object, operation) => trail.recordsOf(object, operation),
  };
}
