import {
  certificateSigningRequests,
  type Kind,
  methodNotSupported,
  namespaces,
  pageNotFound,
  pods,
  selfSubjectAccessReviews,
  selfSubjectReviews,
  serviceAccounts,
  subjectAccessReviews,
  tokenReviews,
} from '@hawser/api';
import type { Hub } from './hub.ts';
import type { Answer, StreamingAnswer } from './pipeline/answer.ts';
import type { RequestContext } from './pipeline/request-context.ts';
import { routeResource } from './resources/route-resource.ts';
import { handleSelfSubjectAccessReview, handleSubjectAccessReview } from './reviews/access-review.ts';
import { handleSelfSubjectReview } from './reviews/self-subject-review.ts';
import { handleTokenReview } from './reviews/token-review.ts';
import { handleCertificateApproval } from './subresources/certificate-approval.ts';
import { handleNamespaceFinalize } from './subresources/namespace-finalize.ts';
import { handlePodBinding } from './subresources/pod-binding.ts';
import { handlePodLog } from './subresources/pod-log.ts';
import { handleServiceAccountToken } from './subresources/service-account-token.ts';

type Handler = (hub: Hub, context: RequestContext) => Promise<Answer | StreamingAnswer>;

/** Requests with code of their own, by kind, subresource and verb; all others are the generic machinery's. */
const OWN: readonly { kind: Kind; subresource: string; verbs: readonly string[]; handle: Handler }[] = [
  { kind: pods, subresource: 'log', verbs: ['get'], handle: handlePodLog },
  { kind: pods, subresource: 'binding', verbs: ['create'], handle: handlePodBinding },
  { kind: namespaces, subresource: 'finalize', verbs: ['update'], handle: handleNamespaceFinalize },
  { kind: serviceAccounts, subresource: 'token', verbs: ['create'], handle: handleServiceAccountToken },
  {
    kind: certificateSigningRequests,
    subresource: 'approval',
    verbs: ['update'],
    handle: handleCertificateApproval,
  },
  { kind: tokenReviews, subresource: '', verbs: ['create'], handle: handleTokenReview },
  { kind: subjectAccessReviews, subresource: '', verbs: ['create'], handle: handleSubjectAccessReview },
  {
    kind: selfSubjectAccessReviews,
    subresource: '',
    verbs: ['create'],
    handle: handleSelfSubjectAccessReview,
  },
  {
    kind: selfSubjectReviews,
    subresource: '',
    verbs: ['create'],
    handle: (_hub, context) => handleSelfSubjectReview(context),
  },
];

/** Finds what a resource request is about and calls its handler. @throws ApiError NotFound, MethodNotAllowed */
export function routeResourceRequest(hub: Hub, context: RequestContext): Promise<Answer | StreamingAnswer> {
  const { apiGroup, apiVersion, resource: plural, subresource, verb } = context.info;
  const own = OWN.find(
    (entry) =>
      entry.kind.plural === plural && entry.kind.group === apiGroup && entry.subresource === subresource,
  );
  if (own !== undefined) {
    if (own.kind.version !== apiVersion) throw pageNotFound();
    if (!own.verbs.includes(verb)) throw methodNotSupported(own.kind, verb);
    return own.handle(hub, context);
  }
  const resource = hub.resources.find(apiGroup, plural);
  if (resource === undefined || resource.kind.version !== apiVersion) throw pageNotFound();
  if (subresource !== '' && resource.kind.subresources[subresource] === undefined) throw pageNotFound();
  return routeResource(resource, context, hub.metrics);
}
