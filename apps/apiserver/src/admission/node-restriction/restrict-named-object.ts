import type { AdmissionAttributes } from '@hawser/registry';
import { refuseNode } from './refuse-node.ts';

const LEASE_NAMESPACE = 'kube-node-lease';

/** The Lease of the node's name, where the leases of nodes are. */
export function restrictLease(attributes: AdmissionAttributes, nodeName: string): void {
  if (attributes.namespace !== LEASE_NAMESPACE)
    throw refuseNode(attributes, `can only access leases in the "${LEASE_NAMESPACE}" system namespace`);
  if (targetOf(attributes) !== nodeName)
    throw refuseNode(attributes, 'can only access node lease with the same name as the requesting node');
}

/** The CSINode of the node's name. */
export function restrictCsiNode(attributes: AdmissionAttributes, nodeName: string): void {
  if (targetOf(attributes) !== nodeName)
    throw refuseNode(attributes, 'can only access CSINode with the same name as the requesting node');
}

function targetOf({ object, name }: AdmissionAttributes): string {
  return object?.metadata.name ?? name;
}
