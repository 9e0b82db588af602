import type { IncomingMessage } from 'node:http';
import { forbidden, parseFieldSelector } from '@hawser/api';
import { type Identity, parseImpersonation } from '@hawser/authn';
import { type Attributes, type Authorizer, forbiddenMessage } from '@hawser/authz';
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

/** @throws ApiError Forbidden, in upstream's words. */
export function authorize(authorizer: Authorizer, attributes: Attributes, trail?: AuditTrail): void {
  const { verdict, reason } = authorizer.authorize(attributes);
  trail?.annotate('authorization.k8s.io/decision', verdict === 'allow' ? 'allow' : 'forbid');
  trail?.annotate('authorization.k8s.io/reason', reason);
  if (verdict === 'allow') return;
  const { apiGroup, resource, name } = attributes;
  throw forbidden(
    { group: apiGroup, plural: attributes.resourceRequest ? resource : '' },
    name,
    forbiddenMessage(attributes, reason),
  );
}

/**
 * Whom the request is to be taken for, when it asks for that and may.
 * @throws ApiError Forbidden, or BadRequest on contradictory headers.
 */
export function impersonate(
  authorizer: Authorizer,
  identity: Identity,
  request: IncomingMessage,
  trail: AuditTrail,
): Identity {
  const wanted = parseImpersonation(request.rawHeaders);
  if (wanted === undefined) return identity;
  for (const check of wanted.checks)
    authorize(authorizer, { identity, verb: 'impersonate', resourceRequest: true, path: '', ...check });
  trail.as(wanted.identity);
  return wanted.identity;
}
