import type { PersistentVolume, Pod, PolicyRule, VolumeAttachment } from '@hawser/api';
import type { Lister } from '@hawser/authn';
import type { Attributes, Authorizer, Decision } from '../authorizer.ts';
import { nodeRules } from '../bootstrap-policy/node-rules.ts';
import { allow, noOpinion } from '../decision.ts';
import { ruleAllows } from '../rbac/rule-allows.ts';
import { nodeNameOf } from './node-name.ts';
import { NodePods } from './node-pods.ts';
import { NodeVolumes } from './node-volumes.ts';
import type { ReferencedResource } from './pod-references.ts';

export interface NodeAuthorizerOptions {
  readonly pods: Lister<Pod>;
  readonly persistentVolumes: Lister<PersistentVolume>;
  readonly volumeAttachments: Lister<VolumeAttachment>;
  readonly rules?: readonly PolicyRule[];
}

type Check = (node: string, attributes: Attributes) => Decision;

const ALLOWED = allow();
const NOT_FOR_NODES = noOpinion();
const READ = ['get', 'list', 'watch'];
const OWN_OBJECT_VERBS = ['get', 'create', 'update', 'patch', 'delete'];
const POD_WRITES = new Set(['delete ', 'update status', 'patch status', 'create eviction']);
const NODE_LEASES = 'kube-node-lease';

/**
 * What kubelets may do (kubernetes/plugin/pkg/auth/authorizer/node, with AuthorizeNodeWithSelectors): of
 * Secrets, ConfigMaps, claims, volumes and service accounts only what pods bound to their node need, of pods only
 * those bound to it, of attachments only those to it, of Nodes, Leases and CSINodes only their own; everything else by the rules of `system:node`.
 * So a node whose key is stolen gives away its own pods' secrets and no others.
 *
 * Stricter than upstream where the name tells: another node's Node, and pods bound elsewhere, are refused
 * here already and not only by admission. What a node may *write* into its own objects, and into those that
 * it creates (their names are unknown here), is for the NodeRestriction admission to say: without it a node
 * could create a pod bound to itself that refers to any Secret.
 */
export class NodeAuthorizer implements Authorizer {
  readonly #pods: NodePods;
  readonly #volumes: NodeVolumes;
  readonly #rules: readonly PolicyRule[];
  readonly #checks: ReadonlyMap<string, Check>;

  /** @param options.rules those of `system:node` if absent. */
  constructor(options: NodeAuthorizerOptions) {
    this.#pods = new NodePods(options.pods);
    this.#volumes = new NodeVolumes(this.#pods, options.persistentVolumes, options.volumeAttachments);
    this.#rules = options.rules ?? nodeRules;
    this.#checks = this.#makeChecks();
  }

  authorize(attributes: Attributes): Decision {
    const node = nodeNameOf(attributes.identity);
    if (node === undefined) return NOT_FOR_NODES;
    if (node === '') return noOpinion(`unknown node for user ${JSON.stringify(attributes.identity.name)}`);
    const { resourceRequest, apiGroup, resource } = attributes;
    const check = resourceRequest ? this.#checks.get(resourceKey(apiGroup, resource)) : undefined;
    if (check !== undefined) return check(node, attributes);
    return this.#rules.some((rule) => ruleAllows(rule, attributes)) ? ALLOWED : NOT_FOR_NODES;
  }

  /** By group and resource; kinds whose ties to a node are not known here are not given to nodes at all. */
  #makeChecks(): ReadonlyMap<string, Check> {
    const unrelated: Check = (node) => noOpinion(noRelationship(node));
    return new Map<string, Check>([
      [resourceKey('', 'secrets'), (node, it) => this.#read(node, 'secrets', it)],
      [resourceKey('', 'configmaps'), (node, it) => this.#read(node, 'configmaps', it)],
      [resourceKey('', 'persistentvolumeclaims'), (node, it) => this.#claim(node, it)],
      [
        resourceKey('', 'persistentvolumes'),
        (node, it) => getByName(node, it, (name) => this.#volumes.uses(node, name)),
      ],
      [resourceKey('', 'serviceaccounts'), (node, it) => this.#serviceAccount(node, it)],
      [resourceKey('', 'pods'), (node, it) => this.#pod(node, it)],
      [resourceKey('', 'nodes'), ownNode],
      [resourceKey('coordination.k8s.io', 'leases'), ownLease],
      [resourceKey('storage.k8s.io', 'csinodes'), ownCsiNode],
      [
        resourceKey('storage.k8s.io', 'volumeattachments'),
        (node, it) => getByName(node, it, (name) => this.#volumes.isAttached(node, name)),
      ],
      [resourceKey('resource.k8s.io', 'resourceclaims'), (node, it) => this.#get(node, 'resourceclaims', it)],
      [resourceKey('resource.k8s.io', 'resourceslices'), unrelated],
    ]);
  }

  /** One object at a time, to get or to watch. */
  #read(node: string, resource: ReferencedResource, attributes: Attributes): Decision {
    if (!READ.includes(attributes.verb)) return noOpinion('can only read resources of this type');
    if (attributes.subresource !== '') return noOpinion('cannot read subresource');
    return this.#related(node, resource, attributes);
  }

  #get(node: string, resource: ReferencedResource, attributes: Attributes): Decision {
    if (attributes.verb !== 'get') return noOpinion('can only get individual resources of this type');
    if (attributes.subresource !== '') return noOpinion('cannot get subresource');
    return this.#related(node, resource, attributes);
  }

  #claim(node: string, attributes: Attributes): Decision {
    if (attributes.subresource !== 'status') return this.#get(node, 'persistentvolumeclaims', attributes);
    if (!['update', 'patch'].includes(attributes.verb))
      return noOpinion('can only get/update/patch this type');
    return this.#related(node, 'persistentvolumeclaims', attributes);
  }

  /** Tokens for the accounts of its pods, and a look at these accounts. */
  #serviceAccount(node: string, attributes: Attributes): Decision {
    const { verb, subresource, name } = attributes;
    if (verb === 'get' && subresource === '') return this.#read(node, 'serviceaccounts', attributes);
    if (verb !== 'create' || name === '')
      return noOpinion('can only create tokens for individual service accounts');
    if (subresource !== 'token') return noOpinion('can only create token subresource of serviceaccount');
    return this.#related(node, 'serviceaccounts', attributes);
  }

  #related(node: string, resource: ReferencedResource, { namespace, name }: Attributes): Decision {
    if (namespace === '') return noOpinion('can only read namespaced object of this type');
    if (name === '') return noOpinion('No Object name found');
    const related =
      this.#pods.refersTo(node, resource, namespace, name) ||
      (resource === 'secrets' && this.#volumes.needsSecret(node, namespace, name));
    return related ? ALLOWED : noOpinion(noRelationship(node));
  }

  #pod(node: string, attributes: Attributes): Decision {
    const { verb, subresource } = attributes;
    if (subresource === '' && READ.includes(verb)) return this.#readPods(node, attributes);
    // A mirror pod; which, is for NodeRestriction to say.
    if (subresource === '' && verb === 'create') return ALLOWED;
    if (!POD_WRITES.has(`${verb} ${subresource}`)) return NOT_FOR_NODES;
    // A kubelet that writes to a pod of its own which is gone by now must hear that it is not found.
    const foreign = this.#pods.isForeign(node, attributes.namespace, attributes.name);
    return foreign ? noOpinion(noRelationship(node)) : ALLOWED;
  }

  #readPods(node: string, attributes: Attributes): Decision {
    const { verb, namespace, name } = attributes;
    if (verb !== 'get' && selectsOwnPods(node, attributes)) return ALLOWED;
    if (name === '') return noOpinion('can only list/watch pods with spec.nodeName field selector');
    return this.#pods.has(node, namespace, name) ? ALLOWED : noOpinion(noRelationship(node));
  }
}

/** One object of a cluster-wide kind at a time. */
function getByName(
  node: string,
  { verb, subresource, name }: Attributes,
  isRelated: (name: string) => boolean,
): Decision {
  if (verb !== 'get') return noOpinion('can only get individual resources of this type');
  if (subresource !== '') return noOpinion('cannot get subresource');
  if (name === '') return noOpinion('No Object name found');
  return isRelated(name) ? ALLOWED : noOpinion(noRelationship(node));
}

const resourceKey = (group: string, resource: string): string => `${group}/${resource}`;
const noRelationship = (node: string): string =>
  `no relationship found between node '${node}' and this object`;

function selectsOwnPods(node: string, { fieldSelector = [] }: Attributes): boolean {
  return fieldSelector.some(
    ({ field, equal, value }) => field === 'spec.nodeName' && equal && value === node,
  );
}

/** Names are compared, not looked up: a kubelet asks for its Node before there is one. */
function ownNode(node: string, { verb, subresource, name }: Attributes): Decision {
  const writes = verb === 'update' || verb === 'patch';
  const permitted =
    subresource === ''
      ? writes || verb === 'create' || READ.includes(verb)
      : subresource === 'status' && writes;
  if (!permitted) return NOT_FOR_NODES;
  if (verb === 'create' || name === node) return ALLOWED;
  const what = name === '' ? 'all nodes' : `'${name}'`;
  return noOpinion(`node '${node}' cannot ${writes ? 'change' : 'read'} ${what}, only its own Node object`);
}

function ownLease(node: string, { verb, namespace, name }: Attributes): Decision {
  if (!OWN_OBJECT_VERBS.includes(verb))
    return noOpinion('can only get, create, update, patch, or delete a node lease');
  if (namespace !== NODE_LEASES)
    return noOpinion(`can only access leases in the "${NODE_LEASES}" system namespace`);
  if (verb === 'create' || name === node) return ALLOWED;
  return noOpinion('can only access node lease with the same name as the requesting node');
}

function ownCsiNode(node: string, { verb, subresource, name }: Attributes): Decision {
  if (!OWN_OBJECT_VERBS.includes(verb))
    return noOpinion('can only get, create, update, patch, or delete a CSINode');
  if (subresource !== '') return noOpinion('cannot authorize CSINode subresources');
  if (verb === 'create' || name === node) return ALLOWED;
  return noOpinion('can only access CSINode with the same name as the requesting node');
}
