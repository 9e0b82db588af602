import {
  certificateSigningRequests,
  componentStatuses,
  deployments,
  type Kind,
  localSubjectAccessReviews,
  methodNotSupported,
  namespaces,
  nodes,
  pageNotFound,
  pods,
  replicaSets,
  replicationControllers,
  selfSubjectAccessReviews,
  selfSubjectReviews,
  selfSubjectRulesReviews,
  serviceAccounts,
  services,
  statefulSets,
  subjectAccessReviews,
  tokenReviews,
} from '@hawser/api';
import type { RequestInfo } from '@hawser/http';
import { handleComponentStatus } from './component-statuses/component-status.ts';
import { handlePodStream } from './connect/pod-stream.ts';
import { isLongRunning } from './flow-control/long-running.ts';
import type { Hub } from './hub.ts';
import type { Answer, StreamingAnswer } from './pipeline/answer.ts';
import type { RequestContext } from './pipeline/request-context.ts';
import { handleProxy } from './proxy/handle-proxy.ts';
import { negotiate } from './resources/negotiate.ts';
import { routeResource } from './resources/route-resource.ts';
import { checkView } from './resources/view.ts';
import {
  handleLocalSubjectAccessReview,
  handleSelfSubjectAccessReview,
  handleSubjectAccessReview,
} from './reviews/access-review.ts';
import { handleSelfSubjectRulesReview } from './reviews/rules-review.ts';
import { handleSelfSubjectReview } from './reviews/self-subject-review.ts';
import { handleTokenReview } from './reviews/token-review.ts';
import { handleCertificateApproval } from './subresources/certificate-approval.ts';
import { handleNamespaceFinalize } from './subresources/namespace-finalize.ts';
import { handlePodBinding } from './subresources/pod-binding.ts';
import { handlePodEviction } from './subresources/pod-eviction.ts';
import { handlePodLog } from './subresources/pod-log.ts';
import { scaleOf } from './subresources/scale.ts';
import { handleServiceAccountToken } from './subresources/service-account-token.ts';

type Handler = (hub: Hub, context: RequestContext) => Promise<Answer | StreamingAnswer>;

/** Requests with code of their own, by kind, subresource and verb; all others are the generic machinery's. */
const OWN: readonly { kind: Kind; subresource: string; verbs: readonly string[]; handle: Handler }[] = [
  { kind: pods, subresource: 'log', verbs: ['get'], handle: handlePodLog },
  ...['exec', 'attach', 'portforward'].map((subresource) => ({
    kind: pods as Kind,
    subresource,
    // GET for WebSockets, POST for SPDY.
    verbs: ['get', 'create'],
    handle: handlePodStream,
  })),
  ...[nodes, pods, services].map((kind: Kind) => ({
    kind,
    subresource: 'proxy',
    verbs: ['get', 'create', 'update', 'patch', 'delete', 'options'],
    handle: handleProxy,
  })),
  { kind: pods, subresource: 'binding', verbs: ['create'], handle: handlePodBinding },
  { kind: pods, subresource: 'eviction', verbs: ['create'], handle: handlePodEviction },
  { kind: componentStatuses, subresource: '', verbs: ['get', 'list'], handle: handleComponentStatus },
  { kind: namespaces, subresource: 'finalize', verbs: ['update'], handle: handleNamespaceFinalize },
  { kind: serviceAccounts, subresource: 'token', verbs: ['create'], handle: handleServiceAccountToken },
  ...[deployments, replicaSets, replicationControllers, statefulSets].map((kind: Kind) => ({
    kind,
    subresource: 'scale',
    verbs: ['get', 'update', 'patch'],
    handle: scaleOf(kind),
  })),
  {
    kind: certificateSigningRequests,
    subresource: 'approval',
    verbs: ['get', 'update', 'patch'],
    handle: handleCertificateApproval,
  },
  { kind: tokenReviews, subresource: '', verbs: ['create'], handle: handleTokenReview },
  { kind: subjectAccessReviews, subresource: '', verbs: ['create'], handle: handleSubjectAccessReview },
  {
    kind: localSubjectAccessReviews,
    subresource: '',
    verbs: ['create'],
    handle: handleLocalSubjectAccessReview,
  },
  { kind: selfSubjectRulesReviews, subresource: '', verbs: ['create'], handle: handleSelfSubjectRulesReview },
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

const COLLECTION_VERBS = new Set(['list', 'watch', 'create', 'deletecollection']);

/** Finds what a resource request is about and calls its handler. @throws ApiError NotFound, MethodNotAllowed */
export function routeResourceRequest(hub: Hub, context: RequestContext): Promise<Answer | StreamingAnswer> {
  const { apiGroup, apiVersion, namespace, resource: plural, subresource, verb } = context.info;
  const own = OWN.find(
    (entry) =>
      entry.kind.plural === plural && entry.kind.group === apiGroup && entry.subresource === subresource,
  );
  const resource = hub.resources.find(apiGroup, plural);
  const kind = own?.kind ?? resource?.kind;
  if (kind === undefined || kind.version !== apiVersion || !isInScope(kind, context.info))
    throw pageNotFound();
  if (kind.deprecation !== undefined) context.warnings.push(kind.deprecation);
  // What the client cannot read must not be written first and refused then; streams are not objects at all.
  if (!isLongRunning(context.info) || verb === 'watch')
    checkView(kind, verb, negotiate(context.request).view);
  if (own !== undefined) {
    const nowhere = own.kind.namespaced && namespace === '';
    if (nowhere || !own.verbs.includes(verb)) throw methodNotSupported();
    return own.handle(hub, context);
  }
  if (subresource !== '' && !Object.hasOwn(kind.subresources, subresource)) throw pageNotFound();
  return routeResource(hub, resource!, context);
}

/**
 * Whether the path names a kind where it belongs. A cluster-wide kind under a namespace was authorized by that
 * namespace's bindings: it must not be served. A Namespace itself stands in a path under its own name.
 */
function isInScope(kind: Kind, { namespace, name, verb }: RequestInfo): boolean {
  if (kind.namespaced) return namespace !== '' || COLLECTION_VERBS.has(verb);
  return namespace === '' || (kind === namespaces && namespace === name);
}
