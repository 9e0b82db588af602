import type { ObjectMeta, OwnerReference } from '@hawser/api';
import type { Resource } from '@hawser/client';

/** Waits, as a finalizer, until the dependents that block are gone. */
export const FOREGROUND_FINALIZER = 'foregroundDeletion';
/** Waits, as a finalizer, until the dependents have let go of their owner. */
export const ORPHAN_FINALIZER = 'orphan';

/** Where an object is, and which one it is. */
export interface Identity {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly uid: string;
}

/** An object in the graph. */
export interface GraphNode {
  readonly identity: Identity;
  /** Named as an owner, but not seen itself: perhaps not yet, perhaps never. */
  isVirtual: boolean;
  owners: readonly OwnerReference[];
  isBeingDeleted: boolean;
  /** Deleted in the foreground: its dependents go first. */
  isDeletingDependents: boolean;
  readonly dependents: Set<string>;
}

/** What is to be looked at after a change; UIDs. */
export interface GraphWork {
  /** May have to be deleted, or have become free to go. */
  readonly examine: Set<string>;
  /** Their dependents must let go of them. */
  readonly orphan: Set<string>;
  /** References to an object of another namespace, which cannot own: the UIDs of dependent and owner. */
  readonly misplaced: { readonly dependent: string; readonly owner: string }[];
}

/** Finds the resource of an owner reference; undefined when the server has none of that kind. */
export type ResolveKind = (apiVersion: string, kind: string) => Resource | undefined;

/**
 * Who owns whom, as far as the caches know (`pkg/controller/garbagecollector`, GraphBuilder). It only says what is
 * worth a look; whether an owner is really gone is asked of the server.
 */
export class OwnershipGraph {
  readonly #nodes = new Map<string, GraphNode>();

  constructor(private readonly resolveKind: ResolveKind) {}

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  /** The objects that name this one as an owner. */
  dependentsOf(node: GraphNode): GraphNode[] {
    return [...node.dependents].map((uid) => this.#nodes.get(uid)).filter((found) => found !== undefined);
  }

  /** Takes in an object that was added or has changed. */
  observe(resource: Resource, metadata: ObjectMeta): GraphWork {
    const work: GraphWork = { examine: new Set(), orphan: new Set(), misplaced: [] };
    const uid = metadata.uid ?? '';
    const node = this.#seen({ resource, namespace: metadata.namespace, name: metadata.name, uid }, work);
    this.#setOwners(node, metadata.ownerReferences ?? [], work);
    this.#noteDeletion(node, metadata, work);
    return work;
  }

  /** Takes note that an object is gone. */
  remove(uid: string): GraphWork {
    const work: GraphWork = { examine: new Set(), orphan: new Set(), misplaced: [] };
    const node = this.#nodes.get(uid);
    if (!node) return work;
    this.#nodes.delete(uid);
    for (const dependent of node.dependents) work.examine.add(dependent);
    for (const owner of node.owners) this.#detach(uid, owner, work);
    return work;
  }

  #seen(identity: Identity, work: GraphWork): GraphNode {
    const known = this.#nodes.get(identity.uid);
    if (known && !known.isVirtual) return known;
    // What a reference claimed of the object (its name, say) gives way to what it is.
    const node = newNode(identity, known?.dependents ?? new Set());
    this.#nodes.set(identity.uid, node);
    for (const dependent of this.dependentsOf(node))
      for (const owner of dependent.owners)
        if (owner.uid === identity.uid) this.#compare(node, owner, dependent, work);
    return node;
  }

  /** A reference that does not speak of the object with its UID is a reason to look closer. */
  #compare(node: GraphNode, owner: OwnerReference, dependent: GraphNode, work: GraphWork): void {
    if (matches(node.identity, owner, dependent)) return;
    work.examine.add(dependent.identity.uid);
    if (isMisplaced(node.identity, dependent))
      work.misplaced.push({ dependent: dependent.identity.uid, owner: owner.uid });
  }

  #setOwners(node: GraphNode, owners: readonly OwnerReference[], work: GraphWork): void {
    const { uid } = node.identity;
    const before = node.owners;
    node.owners = owners;
    for (const owner of before) {
      const still = owners.find((candidate) => candidate.uid === owner.uid);
      if (!still) this.#detach(uid, owner, work);
      // An owner that waits for this object may no longer have to.
      else if (owner.blockOwnerDeletion && !still.blockOwnerDeletion) this.#examineIfWaiting(owner.uid, work);
    }
    for (const owner of owners) this.#attach(node, owner, work);
  }

  #attach(node: GraphNode, owner: OwnerReference, work: GraphWork): void {
    const known = this.#nodes.get(owner.uid);
    if (known) {
      // Whoever joins others after their owner was found gone would else be forgotten.
      if (known.isVirtual && !known.dependents.has(node.identity.uid)) work.examine.add(owner.uid);
      known.dependents.add(node.identity.uid);
      if (!known.isVirtual) this.#compare(known, owner, node, work);
      return;
    }
    const resource = this.resolveKind(owner.apiVersion, owner.kind);
    if (!resource) return void work.examine.add(node.identity.uid);
    const namespace = resource.namespaced ? node.identity.namespace : undefined;
    const virtual = newNode(
      { resource, namespace, name: owner.name, uid: owner.uid },
      new Set([node.identity.uid]),
    );
    virtual.isVirtual = true;
    this.#nodes.set(owner.uid, virtual);
    work.examine.add(owner.uid);
  }

  #detach(uid: string, owner: OwnerReference, work: GraphWork): void {
    const node = this.#nodes.get(owner.uid);
    node?.dependents.delete(uid);
    if (node?.isVirtual && node.dependents.size === 0) this.#nodes.delete(owner.uid);
    this.#examineIfWaiting(owner.uid, work);
  }

  #examineIfWaiting(uid: string, work: GraphWork): void {
    if (this.#nodes.get(uid)?.isDeletingDependents) work.examine.add(uid);
  }

  #noteDeletion(node: GraphNode, metadata: ObjectMeta, work: GraphWork): void {
    if (metadata.deletionTimestamp === undefined) return;
    node.isBeingDeleted = true;
    const finalizers = metadata.finalizers ?? [];
    if (finalizers.includes(ORPHAN_FINALIZER)) work.orphan.add(node.identity.uid);
    const waits = finalizers.includes(FOREGROUND_FINALIZER);
    if (waits && !node.isDeletingDependents) {
      work.examine.add(node.identity.uid);
      for (const dependent of node.dependents) work.examine.add(dependent);
    }
    node.isDeletingDependents = waits;
  }
}

function newNode(identity: Identity, dependents: Set<string>): GraphNode {
  return {
    identity,
    isVirtual: false,
    owners: [],
    isBeingDeleted: false,
    isDeletingDependents: false,
    dependents,
  };
}

/** Whether a reference speaks of the object that has its UID; else it is a mistake, or a forgery. */
function matches(identity: Identity, owner: OwnerReference, dependent: GraphNode): boolean {
  const { resource, name } = identity;
  const group = owner.apiVersion.includes('/') ? owner.apiVersion.split('/')[0] : '';
  const sameObject = owner.name === name && owner.kind === resource.kind && group === resource.group;
  return sameObject && !isMisplaced(identity, dependent);
}

function isMisplaced({ resource, namespace }: Identity, dependent: GraphNode): boolean {
  return resource.namespaced && namespace !== dependent.identity.namespace;
}
