import type { WriteContext } from '@hawser/registry';
import type { RequestContext } from '../pipeline/request-context.ts';
import { writeOptionsOf } from './write-options.ts';

/**
 * What a request's write brings along. Its audit event is committed with the object.
 * @throws ApiError Invalid on options that are none.
 */
export function writeContextOf(context: RequestContext): WriteContext {
  const { identity, sourceAddress, trail, warnings } = context;
  const { dryRun } = writeOptionsOf(context);
  return {
    identity,
    sourceAddress,
    dryRun,
    warn: (text) => void warnings.push(text),
    outbox: (object, operation) => trail.recordsOf(object, operation),
  };
}
