import {
  certificateSigningRequests,
  csiNodes,
  type Kind,
  leases,
  type Node,
  nodes,
  type Pod,
  persistentVolumeClaims,
  pods,
} from '@hawser/api';
import type { Lister } from '@hawser/authn';
import { nodeNameOf } from '@hawser/authz';
import type { AdmissionAttributes, AdmissionPlugin } from '@hawser/registry';
import { refuseNode } from './refuse-node.ts';
import { restrictCertificateRequest } from './restrict-certificate-request.ts';
import { restrictClaim } from './restrict-claim.ts';
import { restrictCsiNode, restrictLease } from './restrict-named-object.ts';
import { restrictNode } from './restrict-node.ts';
import { restrictPod } from './restrict-pod.ts';

export interface NodeRestrictionOptions {
  readonly pods: Lister<Pod>;
  readonly nodes: Lister<Node>;
}

/**
 * A kubelet writes its own Node, Lease and CSINode, mirror pods and the status of pods on its node, how far the
 * volumes of their claims have grown, and requests for certificates of its own name
 * (kubernetes/plugin/pkg/admission/noderestriction). What it may read is the Node authorizer's affair; which tokens
 * it gets is decided where they are made (`subresources/service-account-token.ts`).
 */
export function nodeRestriction(listers: NodeRestrictionOptions): AdmissionPlugin {
  return {
    name: 'NodeRestriction',
    admit(attributes) {
      const { identity } = attributes.context;
      const nodeName = nodeNameOf(identity);
      if (nodeName === undefined) return;
      if (nodeName === '')
        throw refuseNode(attributes, `could not determine node from user ${JSON.stringify(identity.name)}`);
      RESTRICTIONS.get(attributes.kind)?.(attributes, nodeName, listers);
    },
  };
}

type Restriction = (
  attributes: AdmissionAttributes,
  nodeName: string,
  listers: NodeRestrictionOptions,
) => void;

const RESTRICTIONS: ReadonlyMap<Kind, Restriction> = new Map<Kind, Restriction>([
  [nodes, restrictNode],
  [pods, restrictPod],
  [leases, restrictLease],
  [csiNodes, restrictCsiNode],
  [persistentVolumeClaims, restrictClaim],
  [certificateSigningRequests, restrictCertificateRequest],
]);
