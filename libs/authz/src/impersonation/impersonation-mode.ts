import type { Identity, Impersonation } from '@hawser/authn';
import type { Attributes, Authorizer } from '../authorizer.ts';

/** Somebody whom a request is taken for. */
export interface Impersonated {
  readonly identity: Identity;
  /** The verb that allowed it, `impersonate:MODE`; absent where the verb `impersonate` did, which allows everything. */
  readonly constraint?: string;
}

/** A check that failed. */
export interface ImpersonationRefusal {
  readonly attributes: Attributes;
  readonly reason: string;
}

export type ImpersonationOutcome =
  | { readonly impersonated: Impersonated }
  | { readonly refusal: ImpersonationRefusal };

/** One way in which impersonation can be allowed. */
export interface ImpersonationMode {
  /** @returns undefined where the mode is not for whom is wanted. */
  check(impersonation: Impersonation, attributes: Attributes): ImpersonationOutcome | undefined;
}

/** Something in `authentication.k8s.io`, or in the core group, that one must be allowed to impersonate. */
export interface ImpersonatedResource {
  readonly apiGroup: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name: string;
}

/** What is asked of the authorizers about it. */
export function impersonationAttributes(
  identity: Identity,
  verb: string,
  { apiGroup, resource, subresource = '', namespace = '', name }: ImpersonatedResource,
): Attributes {
  return {
    identity,
    verb,
    resourceRequest: true,
    path: '',
    apiGroup,
    resource,
    subresource,
    namespace,
    name,
  };
}

/** @returns undefined where it is allowed. */
export function refusalOf(authorizer: Authorizer, attributes: Attributes): ImpersonationRefusal | undefined {
  const { verdict, reason } = authorizer.authorize(attributes);
  return verdict === 'allow' ? undefined : { attributes, reason };
}
