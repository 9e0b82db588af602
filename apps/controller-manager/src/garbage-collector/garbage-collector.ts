import type { ObjectMeta, OwnerReference } from '@hawser/api';
import { type GenericObject, isNotFound, type Resource } from '@hawser/client';
import { WorkQueue } from '@hawser/runtime';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound, logRetry } from '../framework/expected-errors.ts';
import { AbsentOwners } from './absent-owners.ts';
import { decideFate, type OwnerState } from './decide-fate.ts';
import {
  FOREGROUND_FINALIZER,
  type GraphNode,
  type GraphWork,
  type Identity,
  ORPHAN_FINALIZER,
  OwnershipGraph,
} from './ownership-graph.ts';
import { ResourceMonitors } from './resource-monitors.ts';

const CONCURRENCY = 5;

/**
 * Deletes objects whose owners are gone, in the background or, where the owner waits for it, in the foreground; or
 * makes them let go of an owner that is deleted without them (`pkg/controller/garbagecollector`).
 */
export class GarbageCollector implements Controller {
  readonly name = 'garbage-collector-controller';
  readonly #examine: WorkQueue;
  readonly #orphan: WorkQueue;
  readonly #monitors: ResourceMonitors;
  readonly #graph: OwnershipGraph;
  readonly #absent = new AbsentOwners();

  constructor(private readonly context: ControllerContext) {
    const { client, clock, logger } = context;
    const backoff = { clock, initialBackoffMs: 50, maxBackoffMs: 60_000 };
    this.#examine = new WorkQueue(backoff);
    this.#orphan = new WorkQueue(backoff);
    const handler = {
      seen: (resource: Resource, object: GenericObject) =>
        this.#take(this.#graph.observe(resource, object.metadata)),
      gone: (resource: Resource, object: GenericObject) => this.#forget(resource, object.metadata),
    };
    this.#monitors = new ResourceMonitors({ client, handler, clock, logger });
    this.#graph = new OwnershipGraph((apiVersion, kind) => this.#monitors.resolveKind(apiVersion, kind));
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      // Nothing is judged before everything has been seen.
      await this.#monitors.start(signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    const logger = this.context.logger.child({ controller: this.name });
    logger.info({}, 'controller started');
    const onError = (error: unknown, uid: string) => {
      const { name, namespace, resource } = this.#graph.get(uid)?.identity ?? {};
      const values = { uid, name, namespace, resource: resource?.plural };
      logRetry(logger, error, values, 'collection will be retried');
    };
    const options = { signal, concurrency: CONCURRENCY, onError };
    await Promise.all([
      this.#monitors.run(signal),
      this.#examine.run({ ...options, work: (uid) => this.#examineNode(uid, signal) }),
      this.#orphan.run({ ...options, work: (uid) => this.#orphanDependents(uid, signal) }),
    ]);
  }

  #take({ examine, orphan, misplaced }: GraphWork): void {
    for (const { dependent, owner } of misplaced) this.#reportMisplaced(dependent, owner);
    for (const uid of examine) this.#examine.add(uid);
    for (const uid of orphan) this.#orphan.add(uid);
  }

  /** Tells whoever made it that a reference leads into another namespace; the object is as if its owner were gone. */
  #reportMisplaced(dependentUid: string, ownerUid: string): void {
    const node = this.#graph.get(dependentUid);
    const owner = node?.owners.find(({ uid }) => uid === ownerUid);
    if (!node || !owner) return;
    const { resource, namespace = '', name, uid } = node.identity;
    const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
    const object = {
      apiVersion,
      kind: resource.kind,
      metadata: { name, uid, ...(namespace && { namespace }) },
    };
    const reference = `[${owner.apiVersion}/${owner.kind}, namespace: ${namespace}, name: ${owner.name}, uid: ${ownerUid}]`;
    this.context.recorder.event(
      object,
      'Warning',
      'OwnerRefInvalidNamespace',
      `ownerRef ${reference} does not exist in namespace ${JSON.stringify(namespace)}`,
    );
  }

  #forget(resource: Resource, { namespace, name, uid = '' }: ObjectMeta): void {
    this.#absent.add({ resource, namespace, name, uid });
    this.#take(this.#graph.remove(uid));
  }

  async #examineNode(uid: string, signal: AbortSignal): Promise<void> {
    const node = this.#graph.get(uid);
    if (!node || (node.isBeingDeleted && !node.isDeletingDependents)) return;
    const live = await this.#live(node.identity, signal);
    if (!live) {
      // Of a real object the watch will tell. A virtual one is nowhere but in its dependents' references; each of them
      // is looked at by its own, as they need not agree about the name.
      if (node.isVirtual) {
        this.#absent.add(node.identity);
        for (const dependent of node.dependents) this.#examine.add(dependent);
      }
      return;
    }
    if (node.isDeletingDependents) await this.#finishForeground(node, live.metadata, signal);
    else await this.#judge(node, live.metadata, signal);
  }

  async #judge(node: GraphNode, metadata: ObjectMeta, signal: AbortSignal): Promise<void> {
    const references = metadata.ownerReferences ?? [];
    const owners = await Promise.all(
      references.map(async (reference) => ({
        reference,
        state: await this.#stateOf(reference, node, signal),
      })),
    );
    const fate = decideFate(metadata, owners, node.dependents.size > 0);
    if (fate.action === 'keep') return;
    if (fate.action === 'release')
      return await this.#release(node.identity, metadata, fate.ownerUids, signal);
    const { resource, namespace, name, uid } = node.identity;
    const { propagationPolicy } = fate;
    const isAwaited = owners.some(({ state }) => state === 'waiting');
    const inCircle = isAwaited && this.#graph.dependentsOf(node).some((one) => one.isDeletingDependents);
    const { resourceVersion } = inCircle ? await this.#unblock(node.identity, metadata, signal) : metadata;
    const options = { namespace, uid, resourceVersion, propagationPolicy, signal };
    await this.context.client.delete(resource, name, options).catch(ignoreNotFound);
    this.context.logger.info(
      { resource: resource.plural, namespace, name, propagationPolicy },
      'object collected',
    );
  }

  /**
   * Lets the owners of an object go before it: where a dependent of it, too, waits for its dependents, they may own
   * each other in a circle, and each would wait for the next for ever.
   */
  async #unblock(identity: Identity, metadata: ObjectMeta, signal: AbortSignal): Promise<ObjectMeta> {
    const references = metadata.ownerReferences ?? [];
    if (!references.some(({ blockOwnerDeletion }) => blockOwnerDeletion)) return metadata;
    const ownerReferences = references.map((reference) => ({ ...reference, blockOwnerDeletion: false }));
    return (await this.#patch(identity, metadata, { ownerReferences }, signal)) ?? metadata;
  }

  /** Asks the server about an owner; the graph may be behind, and a reference may lie. */
  async #stateOf(reference: OwnerReference, dependent: GraphNode, signal: AbortSignal): Promise<OwnerState> {
    const resource = this.#monitors.resolveKind(reference.apiVersion, reference.kind);
    if (!resource) throw new Error(`owner kind ${reference.apiVersion} ${reference.kind} is not known`);
    const { namespace } = dependent.identity;
    // A cluster-wide object cannot be owned by a namespaced one: the reference is wrong, and nothing is deleted for it.
    if (resource.namespaced && namespace === undefined) return 'solid';
    const where = resource.namespaced ? namespace : undefined;
    const identity = { resource, namespace: where, name: reference.name, uid: reference.uid };
    if (this.#absent.has(identity)) return 'absent';
    const owner = await this.#live(identity, signal);
    if (!owner) return 'absent';
    const { deletionTimestamp, finalizers = [] } = owner.metadata;
    return deletionTimestamp !== undefined && finalizers.includes(FOREGROUND_FINALIZER) ? 'waiting' : 'solid';
  }

  /** The object as the server has it now; undefined when it, that very one, is not there. */
  async #live(identity: Identity, signal: AbortSignal): Promise<GenericObject | undefined> {
    const { resource, namespace, name, uid } = identity;
    try {
      const where = { namespace: resource.namespaced ? namespace : undefined, metadataOnly: true, signal };
      const object = (await this.context.client.get(resource, name, where)) as GenericObject;
      return object.metadata.uid === uid ? object : undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Lets an object that is deleted in the foreground go when no dependent blocks it any more. */
  async #finishForeground(node: GraphNode, metadata: ObjectMeta, signal: AbortSignal): Promise<void> {
    const { uid } = node.identity;
    const blocks = ({ owners }: GraphNode) =>
      owners.some((owner) => owner.uid === uid && owner.blockOwnerDeletion);
    const blocking = this.#graph.dependentsOf(node).filter(blocks);
    for (const dependent of blocking)
      if (!dependent.isDeletingDependents) this.#examine.add(dependent.identity.uid);
    if (blocking.length === 0)
      await this.#removeFinalizer(node.identity, metadata, FOREGROUND_FINALIZER, signal);
  }

  async #orphanDependents(uid: string, signal: AbortSignal): Promise<void> {
    const node = this.#graph.get(uid);
    if (!node) return;
    for (const { identity } of this.#graph.dependentsOf(node)) {
      const live = await this.#live(identity, signal);
      if (live) await this.#release(identity, live.metadata, [uid], signal);
    }
    const owner = await this.#live(node.identity, signal);
    if (owner) await this.#removeFinalizer(node.identity, owner.metadata, ORPHAN_FINALIZER, signal);
  }

  /** Takes owners out of an object's references. */
  async #release(
    identity: Identity,
    metadata: ObjectMeta,
    ownerUids: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const references = metadata.ownerReferences ?? [];
    const ownerReferences = references.filter(({ uid }) => !ownerUids.includes(uid));
    if (ownerReferences.length < references.length)
      await this.#patch(identity, metadata, { ownerReferences: orNothing(ownerReferences) }, signal);
  }

  async #removeFinalizer(
    identity: Identity,
    metadata: ObjectMeta,
    finalizer: string,
    signal: AbortSignal,
  ): Promise<void> {
    const finalizers = (metadata.finalizers ?? []).filter((name) => name !== finalizer);
    if (finalizers.length < (metadata.finalizers ?? []).length)
      await this.#patch(identity, metadata, { finalizers: orNothing(finalizers) }, signal);
  }

  async #patch(
    { resource, namespace, name }: Identity,
    { uid, resourceVersion }: ObjectMeta,
    change: object,
    signal: AbortSignal,
  ): Promise<ObjectMeta | undefined> {
    const patch = { metadata: { uid, resourceVersion, ...change } };
    const options = { namespace, type: 'merge', signal } as const;
    const patched = await this.context.client.patch(resource, name, patch, options).catch(ignoreNotFound);
    return (patched as GenericObject | undefined)?.metadata;
  }
}

/** An empty list is taken out of the object altogether, as Go clients leave it out. */
function orNothing<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}
