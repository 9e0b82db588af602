import { type Node, nodes, notFound, type Pod } from '@hawser/api';
import type { Lister } from '@hawser/authn';
import { podReferences } from '@hawser/authz';
import type { AdmissionAttributes } from '@hawser/registry';
import { quote, refuseNode } from './refuse-node.ts';

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

/**
 * The only pods that a node makes stand for those that it runs by itself: bound to it, owned by it, and without a
 * reference to anything that the node would come to read by it.
 */
export function restrictMirrorPod(
  attributes: AdmissionAttributes,
  nodeName: string,
  nodeLister: Lister<Node>,
): void {
  const pod = attributes.object as unknown as Pod;
  const node = `node ${quote(nodeName)}`;
  if (pod.metadata.annotations?.[MIRROR_ANNOTATION] === undefined)
    throw refuseNode(
      attributes,
      `pod does not have ${quote(MIRROR_ANNOTATION)} annotation, ${node} can only create mirror pods`,
    );
  if (pod.spec.nodeName !== nodeName)
    throw refuseNode(attributes, `${node} can only create pods with spec.nodeName set to itself`);
  const fault = ownerFault(pod, nodeName) ?? referenceFault(pod);
  if (fault !== undefined) throw refuseNode(attributes, `${node} ${fault}`);
  checkOwner(attributes, pod, nodeName, nodeLister);
}

function ownerFault({ metadata }: Pod, nodeName: string): string | undefined {
  const owners = metadata.ownerReferences ?? [];
  const [owner] = owners;
  if (owners.length > 1) return 'can only create pods with a single owner reference set to itself';
  if (owner === undefined || owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== nodeName)
    return 'can only create pods with an owner reference set to itself';
  if (owner.controller !== true)
    return 'can only create pods with a controller owner reference set to itself';
  return owner.blockOwnerDeletion === true
    ? 'must not set blockOwnerDeletion on an owner reference'
    : undefined;
}

/** Its own Node, and not one of its name that was there before. @throws ApiError NotFound */
function checkOwner(
  attributes: AdmissionAttributes,
  pod: Pod,
  nodeName: string,
  nodeLister: Lister<Node>,
): void {
  const node = nodeLister.get('', nodeName);
  if (node === undefined) throw notFound(nodes, nodeName);
  const uid = pod.metadata.ownerReferences?.[0]?.uid ?? '';
  if (uid !== node.metadata.uid)
    throw refuseNode(
      attributes,
      `node ${nodeName} UID mismatch: expected ${uid} got ${node.metadata.uid ?? ''}`,
    );
}

function referenceFault(pod: Pod): string | undefined {
  // Of a mirror pod nothing is counted as referred to, so that it gives no rights; here it is asked what it says.
  const references = podReferences({ ...pod, metadata: { ...pod.metadata, annotations: {} } });
  const cannot = (what: string) => `can not create pods that reference ${what}`;
  const sources = (pod.spec.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? []);
  if (pod.spec.serviceAccountName) return cannot('a service account');
  if (references.secrets.size > 0) return cannot('secrets');
  if (references.configmaps.size > 0) return cannot('configmaps');
  if (sources.some(({ clusterTrustBundle }) => clusterTrustBundle !== undefined))
    return cannot('clustertrustbundles');
  if (references.persistentvolumeclaims.size > 0) return cannot('persistentvolumeclaims');
  return (pod.spec.resourceClaims ?? []).length > 0 ? cannot('resourceclaims') : undefined;
}
