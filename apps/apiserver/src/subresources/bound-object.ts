import {
  badRequest,
  conflict,
  nodes,
  notFound,
  type Pod,
  pods,
  secrets,
  type TokenRequest,
} from '@hawser/api';
import type { BoundReference, TokenOrder } from '@hawser/authn';
import type { Resources } from '../hub.ts';

/** What a TokenRequest asks the token's life to be bound to. */
export type ObjectReference = NonNullable<TokenRequest['spec']>['boundObjectRef'];

type Bound = Pick<TokenOrder, 'pod' | 'node' | 'secret'>;

/**
 * The object to whose life a token of the account is bound, as it stands; for a pod also its node, as far as known
 * (kubernetes/pkg/registry/core/serviceaccount/storage/token.go).
 * @throws ApiError NotFound, BadRequest, Conflict
 */
export function boundObject(
  resources: Resources,
  namespace: string,
  accountName: string,
  reference: ObjectReference,
): Bound {
  if (reference === undefined) return {};
  const { apiVersion = '', kind = '', name = '' } = reference;
  const sort = apiVersion.includes('/') ? '' : kind;
  if (sort === 'Pod') {
    const pod = resources.lister(pods).get(namespace, name);
    if (pod !== undefined && pod.spec.serviceAccountName !== accountName)
      throw badRequest(
        `cannot bind token for serviceaccount ${JSON.stringify(accountName)} to pod running with different serviceaccount name.`,
      );
    return { pod: checked(pod, pods, reference), ...nodeOf(resources, pod!) };
  }
  if (sort === 'Node') return { node: checked(resources.lister(nodes).get('', name), nodes, reference) };
  if (sort === 'Secret')
    return { secret: checked(resources.lister(secrets).get(namespace, name), secrets, reference) };
  throw badRequest(`cannot bind token to object of type ${groupVersionKind(apiVersion, kind)}`);
}

/** A node that is not there any more is told by its name alone. */
function nodeOf(resources: Resources, { spec }: Pod): Bound {
  if (!spec.nodeName) return {};
  const node = resources.lister(nodes).get('', spec.nodeName);
  return { node: { name: spec.nodeName, uid: node?.metadata.uid ?? '' } };
}

function checked(
  object: { metadata: { uid?: string } } | undefined,
  kind: { group: string; plural: string; kind: string },
  { name = '', uid }: NonNullable<ObjectReference>,
): BoundReference {
  if (object === undefined) throw notFound(kind, name);
  if (uid && uid !== object.metadata.uid)
    // Upstream names the kind where else it names the resource.
    throw conflict(
      { group: kind.group, plural: kind.kind },
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  return { name, uid: object.metadata.uid ?? '' };
}

/** As upstream prints it: `/v1, Kind=ConfigMap`. */
function groupVersionKind(apiVersion: string, kind: string): string {
  return `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}
