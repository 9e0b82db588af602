import type { Authorizer } from '@hawser/authz';
import { attributesOf, authorize } from '../pipeline/authorize.ts';
import type { RequestContext } from '../pipeline/request-context.ts';

/** For a PUT or an apply that finds nothing to change. @throws ApiError Forbidden to who may not create it. */
export function authorizeCreation(authorizer: Authorizer, { identity, info, trail }: RequestContext): void {
  authorize(authorizer, { ...attributesOf(identity, info), verb: 'create' }, trail);
}
