import type { WriteContext } from '@hawser/registry';
import type { RequestContext } from '../pipeline/request-context.ts';
import { fieldManagerOf } from './field-manager.ts';
import { isApply } from './is-apply.ts';
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
    // Who applies says in the object itself what is whose.
    fieldManager: isApply(context) ? undefined : () => fieldManagerOf(context),
    warn: (text) => void warnings.push(text),
    outbox: (object, operation) => trail.recordsOf(object, operation),
  };
}
