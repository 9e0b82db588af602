import type { IncomingMessage } from 'node:http';
import { type ApiError, forbidden, parseFieldSelector } from '@hawser/api';
import { type Identity, parseImpersonation } from '@hawser/authn';
import { type Attributes, type Authorizer, forbiddenMessage, type Impersonator } from '@hawser/authz';
import type { RequestInfo } from '@hawser/http';
import type { AuditTrail } from './audit-trail.ts';

/** What a request asks leave for. */
export function attributesOf(identity: Identity, info: RequestInfo): Attributes {
  const fieldSelector = info.resourceRequest ? fieldRequirements(info) : undefined;
  return {
    identity,
    verb: isPodStream(info) ? 'create' : info.verb,
    resourceRequest: info.resourceRequest,
    apiGroup: info.apiGroup,
    resource: info.resource,
    subresource: info.subresource,
    namespace: info.namespace,
    name: info.name,
    path: info.path,
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
}

/** Subresources of a pod that open a way into it. */
const POD_STREAMS: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward']);

/**
 * Whether a request leads into a pod. A WebSocket is asked for by GET: a right to read must not do for that, so
 * `create` decides whatever the method. (Upstream asks for `create` beside the method's verb since 1.35.)
 */
export function isPodStream({ apiGroup, resource, subresource }: RequestInfo): boolean {
  return apiGroup === '' && resource === 'pods' && POD_STREAMS.has(subresource);
}

/** A selector that cannot be parsed narrows nothing here; the handler refuses it later. */
function fieldRequirements({ query, verb }: RequestInfo) {
  if (verb !== 'list' && verb !== 'watch' && verb !== 'deletecollection') return undefined;
  try {
    return parseFieldSelector(query.get('fieldSelector') ?? '');
  } catch {
    return undefined;
  }
}

const DECISION = 'authorization.k8s.io/decision';
const REASON = 'authorization.k8s.io/reason';

/** @throws ApiError Forbidden, in upstream's words. */
export function authorize(authorizer: Authorizer, attributes: Attributes, trail?: AuditTrail): void {
  const { verdict, reason } = authorizer.authorize(attributes);
  trail?.annotate(DECISION, verdict === 'allow' ? 'allow' : 'forbid');
  trail?.annotate(REASON, reason);
  if (verdict !== 'allow') throw refusal(attributes, reason);
}

function refusal(attributes: Attributes, reason: string): ApiError {
  const { apiGroup, resource, name, resourceRequest } = attributes;
  return forbidden(
    { group: apiGroup, plural: resourceRequest ? resource : '' },
    name,
    forbiddenMessage(attributes, reason),
  );
}

/**
 * Whom the request is to be taken for, when it asks for that and may.
 * @throws ApiError Forbidden, or BadRequest on contradictory headers.
 */
export function impersonate(
  impersonator: Impersonator,
  identity: Identity,
  request: IncomingMessage,
  info: RequestInfo,
  trail: AuditTrail,
): Identity {
  const wanted = parseImpersonation(request.rawHeaders);
  if (wanted === undefined) return identity;
  const outcome = impersonator.impersonate(wanted, attributesOf(identity, info));
  if ('refusal' in outcome) {
    const { attributes, reason } = outcome.refusal;
    trail.annotate(DECISION, 'forbid');
    trail.annotate(REASON, reason);
    throw refusal(attributes, reason);
  }
  trail.as(outcome.impersonated);
  return outcome.impersonated.identity;
}
