import { isDeepStrictEqual } from 'node:util';
import type { Node } from '@hawser/api';
import type { AdmissionAttributes } from '@hawser/registry';
import { quote, refuseNode } from './refuse-node.ts';
import { changedKeys, isForbiddenLabel } from './restricted-labels.ts';

/** Annotations of Hawser's by which administrators and controllers say what a node is trusted with. */
const HAWSER_PREFIX = 'hawser.dev/';
/** What a kubelet publishes there of itself. */
const OWN_ANNOTATIONS = new Set(['hawser.dev/ssh-host-key']);

/**
 * A node writes its own Node, without what others decide about it: where its pods' addresses come from, what may run
 * on it, who owns it, and what it is trusted with.
 */
export function restrictNode(attributes: AdmissionAttributes, nodeName: string): void {
  const { operation, name, object, oldObject } = attributes;
  const target = operation === 'CREATE' ? (object?.metadata.name ?? name) : name;
  if (target !== nodeName)
    throw refuseNode(attributes, `node ${quote(nodeName)} is not allowed to modify node ${quote(target)}`);
  if (operation === 'DELETE')
    throw refuseNode(attributes, `node ${quote(nodeName)} is not allowed to delete itself`);
  const fault = faultOf(object as unknown as Node, oldObject as unknown as Node | undefined, attributes);
  if (fault !== undefined) throw refuseNode(attributes, fault.replace('%node', `node ${quote(nodeName)}`));
}

/** Why not, with `%node` for who asks; in upstream's order and words as far as it knows the field. */
function faultOf(
  node: Node,
  old: Node | undefined,
  { subresource }: AdmissionAttributes,
): string | undefined {
  if (old === undefined && node.spec?.configSource)
    return '%node is not allowed to create pods with a non-nil configSource';
  if (node.spec?.configSource && !isDeepStrictEqual(node.spec.configSource, old?.spec?.configSource))
    return '%node is not allowed to update configSource to a new non-nil configSource';
  if (old !== undefined && !isDeepStrictEqual(node.spec?.taints ?? [], old.spec?.taints ?? []))
    return '%node is not allowed to modify taints';
  if (old !== undefined && !isDeepStrictEqual(ownersOf(node), ownersOf(old)))
    return '%node is not allowed to modify ownerReferences';
  // A node that registers with an owner goes when that owner does not exist: nothing but a way to delete itself.
  if (old === undefined && ownersOf(node).length > 0) return '%node is not allowed to set ownerReferences';
  const labels = changedKeys(node.metadata.labels, old?.metadata.labels).filter(isForbiddenLabel);
  if (labels.length > 0)
    return old === undefined
      ? `%node is not allowed to set the following labels: ${labels.join(', ')}`
      : `is not allowed to modify labels: ${labels.join(', ')}`;
  if (subresource === '' && !isDeepStrictEqual(podCidrsOf(node), podCidrsOf(old)))
    return '%node is not allowed to set podCIDRs';
  const annotations = changedKeys(node.metadata.annotations, old?.metadata.annotations).filter(
    (key) => key.startsWith(HAWSER_PREFIX) && !OWN_ANNOTATIONS.has(key),
  );
  return annotations.length > 0
    ? `%node is not allowed to modify annotations: ${annotations.join(', ')}`
    : undefined;
}

const ownersOf = ({ metadata }: Node) => metadata.ownerReferences ?? [];

/** Konnectivity takes them for whose traffic is the node's, so they are for what gives nodes their ranges to set. */
function podCidrsOf(node: Node | undefined): ReadonlySet<string> {
  const { podCIDR, podCIDRs = [] } = node?.spec ?? {};
  return new Set(podCIDR ? [podCIDR, ...podCIDRs] : podCIDRs);
}
