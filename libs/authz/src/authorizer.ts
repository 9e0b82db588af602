import type { FieldRequirement } from '@hawser/api';
import type { Identity } from '@hawser/authn';

/** What is asked: who wants to do what to which. */
export interface Attributes {
  readonly identity: Identity;
  /** Of a resource request an API verb; otherwise the lower-case HTTP method. */
  readonly verb: string;
  /** Whether it is about a resource; otherwise it is about `path`. */
  readonly resourceRequest: boolean;
  readonly apiGroup: string;
  readonly resource: string;
  readonly subresource: string;
  /** Empty for cluster-wide requests. */
  readonly namespace: string;
  /** Empty where the request is about a collection. */
  readonly name: string;
  readonly path: string;
  /** Of list, watch and deletecollection: a node may list the pods that it selects by its own name. */
  readonly fieldSelector?: readonly FieldRequirement[];
}

export interface Decision {
  /** `no-opinion` leaves it to the next authorizer; nobody's opinion is a refusal. */
  readonly verdict: 'allow' | 'deny' | 'no-opinion';
  /** Why, for the audit event. */
  readonly reason: string;
}

export interface Authorizer {
  authorize(attributes: Attributes): Decision;
}
