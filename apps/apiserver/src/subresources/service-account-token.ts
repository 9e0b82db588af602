import {
  applyDefaults,
  conflict,
  type FieldError,
  forbidden,
  formatTime,
  invalid,
  invalidValue,
  notFound,
  pods,
  serviceAccounts,
  type TokenRequest,
  tokenRequests,
} from '@hawser/api';
import { nodeNameOf } from '@hawser/authz';
import type { Hub } from '../hub.ts';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { readObject } from '../resources/read-object.ts';
import { renderObject } from '../resources/render.ts';
import { boundObject, type ObjectReference } from './bound-object.ts';
import { audienceFault } from './node-token-audience.ts';

/** A token must live ten minutes at least (authentication/v1 validation). */
const MIN_EXPIRATION_SECONDS = 600;
const MAX_EXPIRATION_SECONDS = 2 ** 32;
/** The lifetime that admission asks for in pods: it tells tokens apart that programs may read but once. */
const WARN_ONLY_SECONDS = 3607;
/** How long such a token lives in truth. */
const EXTENDED_SECONDS = 365 * 24 * 3600;

/**
 * POST serviceaccounts/NAME/token: a token of the account, perhaps bound to a Pod, Secret or Node
 * (kubernetes/pkg/registry/core/serviceaccount/storage/token.go).
 */
export async function handleServiceAccountToken(hub: Hub, context: RequestContext): Promise<Answer> {
  const { namespace, name } = context.info;
  const request = (await readObject(context, tokenRequests)) as unknown as TokenRequest;
  checkNames(request, namespace, name);
  const account = hub.resources.lister(serviceAccounts).get(namespace, name);
  if (account === undefined) throw notFound(serviceAccounts, name);
  const uid = account.metadata.uid ?? '';
  checkUid(request, name, uid);
  const spec = withDefaults(request);
  const { audiences: asked = [], expirationSeconds: askedSeconds = 3600, boundObjectRef } = spec;
  checkExpiration(askedSeconds);
  checkNode(hub, context, boundObjectRef, asked);
  const bound = boundObject(hub.resources, namespace, name, boundObjectRef);
  const audiences = asked.length > 0 ? asked : [...hub.audiences];
  const expirationSeconds = shortened(hub, context, askedSeconds);
  const now = hub.clock.now();
  const issued = hub.tokenIssuer.issue({
    namespace,
    serviceAccount: { name, uid },
    audiences,
    ...bound,
    ...lifetime(hub, expirationSeconds, audiences, bound.pod !== undefined),
  });
  context.trail.annotate('authentication.kubernetes.io/issued-credential-id', issued.credentialId);
  const metadata = { ...request.metadata, name, namespace, uid, creationTimestamp: formatTime(now) };
  const expirationTimestamp = formatTime(new Date(now.getTime() + expirationSeconds * 1000));
  const status = { token: issued.token, expirationTimestamp };
  return renderObject(
    context,
    { ...request, metadata, spec: { ...spec, audiences, expirationSeconds }, status },
    201,
  );
}

/** @throws ApiError Invalid where the body speaks of another account than the path. */
function checkNames(request: TokenRequest, namespace: string, name: string): void {
  const given = request.metadata;
  const refuse = (fault: FieldError) => invalid(tokenRequests, name, [fault]);
  if (given?.name && given.name !== name)
    throw refuse(
      invalidValue('metadata.name', given.name, 'must match the service account name if specified'),
    );
  if (given?.namespace && given.namespace !== namespace)
    throw refuse(
      invalidValue(
        'metadata.namespace',
        given.namespace,
        'must match the service account namespace if specified',
      ),
    );
}

/** @throws ApiError Conflict where the request is for another account of that name, as one that was. */
function checkUid(request: TokenRequest, name: string, uid: string): void {
  const asked = request.metadata?.uid ?? '';
  if (asked === '' || asked === uid) return;
  // Upstream names the kind where else it names the resource.
  throw conflict(
    { group: tokenRequests.group, plural: tokenRequests.kind },
    name,
    `the UID in the token request (${asked}) does not match the UID of the service account (${uid})`,
  );
}

function withDefaults(request: TokenRequest): NonNullable<TokenRequest['spec']> {
  request.spec ??= {};
  applyDefaults(tokenRequests.schema, request as unknown as Record<string, unknown>);
  return request.spec;
}

function checkExpiration(expirationSeconds: number): void {
  const fault =
    expirationSeconds < MIN_EXPIRATION_SECONDS
      ? 'may not specify a duration less than 10 minutes'
      : expirationSeconds > MAX_EXPIRATION_SECONDS
        ? 'may not specify a duration larger than 2^32 seconds'
        : undefined;
  if (fault !== undefined)
    // Upstream names no object here.
    throw invalid(tokenRequests, '', [invalidValue('spec.expirationSeconds', expirationSeconds, fault)]);
}

/** A token that would outlive the operator's bound is given a shorter life; whoever asked is told. */
function shortened({ tokenLifetimes }: Hub, { warnings }: RequestContext, askedSeconds: number): number {
  const { maxSeconds } = tokenLifetimes;
  if (maxSeconds === undefined || askedSeconds <= maxSeconds) return askedSeconds;
  warnings.push(`requested expiration of ${askedSeconds} seconds shortened to ${maxSeconds} seconds`);
  return maxSeconds;
}

/**
 * Programs that read their token once and never again were written when tokens had no end: a pod's own token for the
 * hub lives on for them, and its use after the life asked for is noted. Its pod's end is its end all the same.
 */
function lifetime(
  { tokenLifetimes, audiences: own }: Hub,
  expirationSeconds: number,
  audiences: readonly string[],
  isPods: boolean,
) {
  const isForHub = audiences.every((audience) => own.includes(audience));
  if (!tokenLifetimes.extend || !isPods || !isForHub || expirationSeconds !== WARN_ONLY_SECONDS)
    return { expirationSeconds };
  const extendedSeconds = Math.min(EXTENDED_SECONDS, tokenLifetimes.maxSeconds ?? EXTENDED_SECONDS);
  return { expirationSeconds: extendedSeconds, warnAfterSeconds: expirationSeconds };
}

/**
 * A kubelet gets tokens for the pods on its node, bound to their lives, and no others
 * (kubernetes/plugin/pkg/admission/noderestriction, admitServiceAccount).
 */
function checkNode(
  hub: Hub,
  { identity, info }: RequestContext,
  reference: ObjectReference,
  audiences: readonly string[],
): void {
  const nodeName = nodeNameOf(identity);
  if (nodeName === undefined) return;
  const refuse = (why: string) => forbidden(serviceAccounts, info.name, why);
  if (reference?.apiVersion !== 'v1' || reference.kind !== 'Pod' || !reference.name)
    throw refuse('node requested token not bound to a pod');
  if (!reference.uid) throw refuse('node requested token with a pod binding without a uid');
  const pod = hub.resources.lister(pods).get(info.namespace, reference.name);
  if (pod === undefined) throw notFound(pods, reference.name);
  if (pod.metadata.uid !== reference.uid)
    throw refuse(
      `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  if (pod.spec.nodeName !== nodeName)
    throw refuse('node requested token bound to a pod scheduled on a different node');
  const fault = audienceFault(audiences, pod, hub.audiences);
  if (fault !== undefined) throw refuse(fault);
}
