import {
  ApiError,
  applyDefaults,
  badRequest,
  conflict,
  forbidden,
  formatTime,
  invalid,
  invalidValue,
  nodes,
  notFound,
  pods,
  secrets,
  serviceAccounts,
  type TokenRequest,
  tokenRequests,
} from '@hawser/api';
import type { BoundReference, TokenOrder } from '@hawser/authn';
import { nodeNameOf } from '@hawser/authz';
import type { Hub } from '../hub.ts';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { readObject } from '../resources/read-object.ts';
import { renderObject } from '../resources/render.ts';
import { audienceFault } from './node-token-audience.ts';

/** A token must live ten minutes at least (authentication/v1 validation). */
const MIN_EXPIRATION_SECONDS = 600;
const MAX_EXPIRATION_SECONDS = 2 ** 32;

type Reference = NonNullable<TokenRequest['spec']>['boundObjectRef'];
type Bound = Pick<TokenOrder, 'pod' | 'node' | 'secret'>;

/**
 * POST serviceaccounts/NAME/token: a token of the account, perhaps bound to a Pod, Secret or Node
 * (kubernetes/pkg/registry/core/serviceaccount/storage/token.go).
 */
export async function handleServiceAccountToken(hub: Hub, context: RequestContext): Promise<Answer> {
  const { namespace, name } = context.info;
  const account = hub.resources.lister(serviceAccounts).get(namespace, name);
  if (account === undefined) throw notFound(serviceAccounts, name);
  const request = (await readObject(context, tokenRequests)) as unknown as TokenRequest;
  const { audiences = [], expirationSeconds = 3600, boundObjectRef } = withDefaults(request);
  checkExpiration(name, expirationSeconds);
  checkNode(hub, context, boundObjectRef, audiences);
  const issued = hub.tokenIssuer.issue({
    namespace,
    serviceAccount: { name, uid: account.metadata.uid ?? '' },
    audiences: audiences.length > 0 ? audiences : hub.audiences,
    expirationSeconds,
    ...bound(hub, namespace, name, boundObjectRef),
  });
  context.trail.annotate('authentication.kubernetes.io/issued-credential-id', issued.credentialId);
  const expirationTimestamp = formatTime(issued.expirationTimestamp);
  const metadata = { name, namespace, creationTimestamp: formatTime(hub.clock.now()) };
  return renderObject(
    context,
    { ...request, metadata, status: { token: issued.token, expirationTimestamp } },
    201,
  );
}

function withDefaults(request: TokenRequest): NonNullable<TokenRequest['spec']> {
  request.spec ??= {};
  applyDefaults(tokenRequests.schema, request as unknown as Record<string, unknown>);
  return request.spec;
}

function checkExpiration(name: string, expirationSeconds: number): void {
  const fault =
    expirationSeconds < MIN_EXPIRATION_SECONDS
      ? 'may not specify a duration less than 10 minutes'
      : expirationSeconds > MAX_EXPIRATION_SECONDS
        ? 'may not specify a duration larger than 2^32 seconds'
        : undefined;
  if (fault !== undefined)
    throw invalid(tokenRequests, name, [invalidValue('spec.expirationSeconds', expirationSeconds, fault)]);
}

/**
 * A kubelet gets tokens for the pods on its node, bound to their lives, and no others
 * (kubernetes/plugin/pkg/admission/noderestriction, admitServiceAccount).
 */
function checkNode(
  hub: Hub,
  { identity, info }: RequestContext,
  reference: Reference,
  audiences: readonly string[],
): void {
  const nodeName = nodeNameOf(identity);
  if (nodeName === undefined) return;
  const refuse = (why: string) => forbidden(serviceAccounts, info.name, why);
  if (reference?.kind !== 'Pod' || !reference.name) throw refuse('node requested token not bound to a pod');
  if (!reference.uid) throw refuse('node requested token with no uid for the pod');
  const pod = hub.resources.lister(pods).get(info.namespace, reference.name);
  if (pod === undefined) throw notFound(pods, reference.name);
  if (pod.metadata.uid !== reference.uid)
    throw refuse('the UID in the bound object reference does not match the UID in record');
  if (pod.spec.nodeName !== nodeName)
    throw refuse('node requested token bound to a pod scheduled on a different node');
  const fault = audienceFault(audiences, pod, hub.audiences);
  if (fault !== undefined) throw refuse(fault);
}

/** The object to whose life the token is bound, as it stands. */
function bound(hub: Hub, namespace: string, accountName: string, reference: Reference): Bound {
  if (reference === undefined) return {};
  const { kind, name = '', uid } = reference;
  if (kind === 'Pod') {
    const pod = hub.resources.lister(pods).get(namespace, name);
    const found = match(pod, pods, name, uid);
    if (pod!.spec.serviceAccountName !== accountName)
      throw forbidden(
        serviceAccounts,
        accountName,
        `cannot bind token for serviceaccount ${JSON.stringify(accountName)} to pod running with different serviceaccount name.`,
      );
    const nodeName = pod!.spec.nodeName;
    const node = nodeName
      ? { name: nodeName, uid: hub.resources.lister(nodes).get('', nodeName)?.metadata.uid ?? '' }
      : undefined;
    return { pod: found, ...(node === undefined ? {} : { node }) };
  }
  if (kind === 'Secret')
    return { secret: match(hub.resources.lister(secrets).get(namespace, name), secrets, name, uid) };
  if (kind === 'Node') return { node: match(hub.resources.lister(nodes).get('', name), nodes, name, uid) };
  throw badRequest(`cannot bind token to object of type ${kind ?? ''}`);
}

function match(
  object: { metadata: { uid?: string } } | undefined,
  kind: { group: string; plural: string },
  name: string,
  uid: string | undefined,
): BoundReference {
  if (object === undefined) throw notFound(kind, name);
  if (uid && uid !== object.metadata.uid)
    throw conflict(
      kind,
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  if (object.metadata.uid === undefined) throw new ApiError('InternalError', 'Internal error occurred');
  return { name, uid: object.metadata.uid };
}
