import { isDeepStrictEqual } from 'node:util';
import {
  type ApiError,
  csiNodes,
  forbidden,
  leases,
  type Node,
  nodes,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaims,
  pods,
} from '@hawser/api';
import type { Lister } from '@hawser/authn';
import { nodeNameOf } from '@hawser/authz';
import type { AdmissionAttributes, AdmissionPlugin, AnyObject, Operation } from '@hawser/registry';

const LEASE_NAMESPACE = 'kube-node-lease';
/** Labels by which administrators keep workloads apart: not a node's to choose. */
const RESTRICTED_LABEL = /(^|\.)node-restriction\.kubernetes\.io\//;
/** The labels in Kubernetes' own namespaces that a kubelet sets on its Node (k8s.io/kubelet/pkg/apis). */
const KUBELET_LABELS = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/instance-type',
]);
const KUBELET_LABEL_NAMESPACES = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
/** Only administrators say which addresses a node may claim. */
const ALLOWED_ADDRESSES = 'hawser.dev/allowed-addresses';

/**
 * A kubelet writes its own Node, Lease and CSINode, the status of pods on its node, and how far the volumes of
 * their claims have grown
 * (kubernetes/plugin/pkg/admission/noderestriction). What it may read is the Node authorizer's affair.
 */
export function nodeRestriction(podLister: Lister<Pod>): AdmissionPlugin {
  return {
    name: 'NodeRestriction',
    admit(attributes) {
      const nodeName = nodeNameOf(attributes.context.identity);
      if (nodeName === undefined) return;
      if (nodeName === '') throw refuse(attributes, 'could not determine node from user');
      if (attributes.kind === nodes) admitNode(attributes, nodeName);
      else if (attributes.kind === pods) admitPod(attributes, nodeName, podLister);
      else if (attributes.kind === leases) admitLease(attributes, nodeName);
      else if (attributes.kind === csiNodes) admitCsiNode(attributes, nodeName);
      else if (attributes.kind === persistentVolumeClaims) admitClaim(attributes, nodeName);
    },
  };
}

function admitNode(attributes: AdmissionAttributes, nodeName: string): void {
  const { operation, name, object, oldObject } = attributes;
  const target = operation === 'CREATE' ? (object?.metadata.name ?? name) : name;
  if (target !== nodeName)
    throw refuse(
      attributes,
      `node ${JSON.stringify(nodeName)} is not allowed to modify node ${JSON.stringify(target)}`,
    );
  if (operation === 'DELETE')
    throw refuse(attributes, `node ${JSON.stringify(nodeName)} cannot delete itself`);
  const node = object as unknown as Node;
  const old = oldObject as unknown as Node | undefined;
  if (operation === 'UPDATE' && !isDeepStrictEqual(node.spec?.taints, old?.spec?.taints))
    throw refuse(attributes, `node ${JSON.stringify(nodeName)} is not allowed to modify taints`);
  if (
    operation === 'UPDATE' &&
    !isDeepStrictEqual(node.metadata.ownerReferences, old?.metadata.ownerReferences)
  )
    throw refuse(attributes, `node ${JSON.stringify(nodeName)} is not allowed to modify ownerReferences`);
  if (attributes.subresource === '' && !isDeepStrictEqual(podCidrsOf(node), podCidrsOf(old)))
    throw refuse(attributes, `node ${JSON.stringify(nodeName)} is not allowed to set podCIDRs`);
  checkLabels(attributes, nodeName, node, old);
  if (node.metadata.annotations?.[ALLOWED_ADDRESSES] !== old?.metadata.annotations?.[ALLOWED_ADDRESSES])
    throw refuse(
      attributes,
      `node ${JSON.stringify(nodeName)} is not allowed to modify the annotation ${ALLOWED_ADDRESSES}`,
    );
}

/** Konnectivity takes them for whose traffic is the node's, so they are for what gives nodes their ranges to set. */
function podCidrsOf(node: Node | undefined): ReadonlySet<string> {
  const { podCIDR, podCIDRs = [] } = node?.spec ?? {};
  return new Set(podCIDR ? [podCIDR, ...podCIDRs] : podCIDRs);
}

function checkLabels(
  attributes: AdmissionAttributes,
  nodeName: string,
  node: Node,
  old: Node | undefined,
): void {
  const labels = { ...node.metadata.labels, ...old?.metadata.labels };
  const changed = Object.keys(labels)
    .filter((key) => node.metadata.labels?.[key] !== old?.metadata.labels?.[key])
    .filter((key) => RESTRICTED_LABEL.test(key) || (isKubernetesLabel(key) && !isKubeletLabel(key)));
  if (changed.length > 0)
    throw refuse(
      attributes,
      `is not allowed to modify labels: ${changed.sort().join(', ')} by node ${JSON.stringify(nodeName)}`,
    );
}

/** Roles of nodes and the like, by which others decide what a node is good for. */
function isKubernetesLabel(key: string): boolean {
  return isWithin(key, 'kubernetes.io') || isWithin(key, 'k8s.io');
}

function isKubeletLabel(key: string): boolean {
  return KUBELET_LABELS.has(key) || KUBELET_LABEL_NAMESPACES.some((namespace) => isWithin(key, namespace));
}

/** Whether a label's prefix is a domain or lies under it. */
function isWithin(key: string, domain: string): boolean {
  const prefix = key.slice(0, Math.max(0, key.indexOf('/')));
  return prefix === domain || prefix.endsWith(`.${domain}`);
}

/** What a node does to a pod of its own: the only creation is that of an eviction. */
const DEEDS: Readonly<Record<Operation, string>> = {
  CREATE: 'evict pods',
  UPDATE: 'update pod status for pods',
  DELETE: 'delete pods',
};

function admitPod(attributes: AdmissionAttributes, nodeName: string, podLister: Lister<Pod>): void {
  const { operation, subresource, namespace, name, object } = attributes;
  if (operation === 'CREATE' && subresource !== 'eviction')
    throw refuse(
      attributes,
      `pod does not have "kubernetes.io/config.mirror" annotation, node ${JSON.stringify(nodeName)} can only create mirror pods`,
    );
  const current = podLister.get(namespace, name);
  if (current !== undefined && current.spec.nodeName !== nodeName)
    throw refuse(
      attributes,
      `node ${JSON.stringify(nodeName)} can only ${DEEDS[operation]} with spec.nodeName set to itself`,
    );
  if (operation !== 'UPDATE') return;
  if (subresource !== 'status') throw refuse(attributes, `unexpected operation ${operation}`);
  const labelsOf = (pod: AnyObject | Pod | undefined) => pod?.metadata.labels ?? {};
  if (!isDeepStrictEqual(labelsOf(object), labelsOf(current)))
    throw refuse(attributes, `node ${JSON.stringify(nodeName)} cannot update labels through pod status`);
}

function admitLease(attributes: AdmissionAttributes, nodeName: string): void {
  const { namespace, name, object } = attributes;
  const target = object?.metadata.name ?? name;
  if (namespace !== LEASE_NAMESPACE || target !== nodeName)
    throw refuse(attributes, `can only access node lease with the same name as the requesting node`);
}

function admitCsiNode(attributes: AdmissionAttributes, nodeName: string): void {
  if ((attributes.object?.metadata.name ?? attributes.name) !== nodeName)
    throw refuse(attributes, 'can only access CSINode with the same name as the requesting node');
}

/** Of a claim a node tells how far its volume has grown, and nothing else. */
function admitClaim(attributes: AdmissionAttributes, nodeName: string): void {
  const { operation, subresource, object, oldObject } = attributes;
  if (subresource !== 'status') throw refuse(attributes, 'may only update PVC status');
  if (operation !== 'UPDATE') throw refuse(attributes, `unexpected operation ${JSON.stringify(operation)}`);
  const was = oldObject as unknown as PersistentVolumeClaim;
  const is = object as unknown as PersistentVolumeClaim;
  if (!isDeepStrictEqual(withoutGrowth(is), withoutGrowth(was)))
    throw refuse(
      attributes,
      `node ${JSON.stringify(nodeName)} is not allowed to update fields other than status.quantity and status.conditions`,
    );
}

function withoutGrowth({ metadata, status = {}, ...claim }: PersistentVolumeClaim): unknown {
  const { resourceVersion: _version, managedFields: _fields, ...keptMetadata } = metadata;
  const {
    capacity: _capacity,
    conditions: _conditions,
    allocatedResources: _resources,
    allocatedResourceStatuses: _statuses,
    ...keptStatus
  } = status;
  return { ...claim, metadata: keptMetadata, status: keptStatus };
}

function refuse({ kind, name }: AdmissionAttributes, why: string): ApiError {
  return forbidden(kind, name ?? '', why);
}
