import { isDeepStrictEqual } from 'node:util';
import { type Pod, pods } from '@hawser/api';
import { type Informer, isNamespaceTerminating, isNotFound, type Resource } from '@hawser/client';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { claimObjects } from '../ownership/claim-objects.ts';
import { indexByController, managedBy } from '../ownership/controller-index.ts';
import { controllerOf } from '../ownership/controller-ref.ts';
import { Expectations } from '../ownership/expectations.ts';
import { ownerWatch } from '../pods/owner-watch.ts';
import { PodControl } from '../pods/pod-control.ts';
import { podFromTemplate } from '../pods/pod-from-template.ts';
import { PodIndex } from '../pods/pod-index.ts';
import { isActive, untilAvailable } from '../pods/pod-state.ts';
import { slowStart } from '../pods/slow-start.ts';
import { podsToDelete } from './rank-for-deletion.ts';
import type { ReplicaFlavor, ReplicaOwner } from './replica-flavor.ts';
import { type ReplicaFacts, replicaStatus } from './replica-status.ts';

/** So many pods are made or deleted at once (`BurstReplicas`). */
const BURST = 500;

/** Keeps as many pods as each owner asks for (pkg/controller/replicaset). */
export function createReplicaSetController(context: ControllerContext, flavor: ReplicaFlavor): Controller {
  return new ReplicaSetController(context, flavor).reconciler;
}

class ReplicaSetController {
  readonly reconciler: Reconciler;
  readonly #owners: Informer<Resource>;
  readonly #pods: PodIndex;
  readonly #control: PodControl;
  readonly #expectations: Expectations;

  constructor(
    private readonly context: ControllerContext,
    private readonly flavor: ReplicaFlavor,
  ) {
    const { informers, clock } = context;
    this.#owners = informers.get(flavor.kind);
    indexByController(this.#owners);
    this.#pods = new PodIndex(informers);
    this.#control = new PodControl(context);
    this.#expectations = new Expectations(clock);
    const sync = (key: string, signal: AbortSignal) => this.#sync(key, signal);
    this.reconciler = new Reconciler(context, { name: flavor.name, sync });
    const watch = ownerWatch<ReplicaOwner>({
      kind: flavor.kind,
      get: (key) => this.#owner(key),
      list: (namespace) => this.#owners.list(namespace) as unknown as ReplicaOwner[],
      selectorOf: flavor.selectorOf,
      enqueue: (key) => this.reconciler.queue.add(key),
      expectations: this.#expectations,
    });
    this.reconciler.follow(this.#owners).watch(this.#pods.informer, watch);
  }

  #owner(key: string): ReplicaOwner | undefined {
    return this.#owners.get(key) as unknown as ReplicaOwner | undefined;
  }

  async #sync(key: string, signal: AbortSignal): Promise<void> {
    const owner = this.#owner(key);
    if (owner === undefined) return this.#expectations.forget(key);
    const selector = this.flavor.selectorOf(owner);
    // A selector that selects everything does nothing.
    if (selector === undefined) return;
    const trusted = this.#expectations.satisfied(key);
    const { client } = this.context;
    const claimed = await claimObjects(owner, this.#pods.candidates(owner), {
      client,
      ownerKind: this.flavor.kind,
      kind: pods,
      selector,
      signal,
      mayAdopt: isActive,
    });
    let failure: Failure | undefined;
    if (trusted && owner.metadata.deletionTimestamp === undefined)
      failure = await this.#manage(key, owner, claimed.filter(isActive), signal);
    await this.#report(key, owner, claimed, failure, signal);
    if (failure !== undefined) throw failure.error;
  }

  /** Makes what is missing, or deletes what is too much. */
  async #manage(
    key: string,
    owner: ReplicaOwner,
    active: readonly Pod[],
    signal: AbortSignal,
  ): Promise<Failure | undefined> {
    const wanted = owner.spec.replicas ?? 0;
    if (active.length < wanted) return this.#create(key, owner, wanted - active.length, signal);
    if (active.length > wanted) return this.#delete(key, owner, active, active.length - wanted, signal);
    return undefined;
  }

  async #create(
    key: string,
    owner: ReplicaOwner,
    missing: number,
    signal: AbortSignal,
  ): Promise<Failure | undefined> {
    const { template } = owner.spec;
    if (template === undefined) return undefined;
    const count = Math.min(missing, BURST);
    this.#expectations.expect(key, { creations: count });
    const { skipped, error } = await slowStart(count, async () => {
      try {
        await this.#control.create(podFromTemplate(template, owner, this.flavor.kind), owner, signal);
      } catch (error) {
        this.#expectations.creationObserved(key);
        // Nothing can be made here any more, and nobody is to be told.
        if (!isNamespaceTerminating(error)) throw error;
      }
    });
    for (let i = 0; i < skipped; i += 1) this.#expectations.creationObserved(key);
    return error === undefined ? undefined : { reason: 'FailedCreate', error };
  }

  async #delete(
    key: string,
    owner: ReplicaOwner,
    active: readonly Pod[],
    surplus: number,
    signal: AbortSignal,
  ): Promise<Failure | undefined> {
    const doomed = podsToDelete(
      active,
      this.#related(owner),
      Math.min(surplus, BURST),
      this.context.clock.now(),
    );
    this.#expectations.expect(key, { deletions: doomed.map(({ metadata }) => metadata.uid ?? '') });
    const results = await Promise.allSettled(
      doomed.map(async (pod) => {
        try {
          await this.#control.delete(pod, owner, signal);
        } catch (error) {
          this.#expectations.deletionObserved(key, pod.metadata.uid ?? '');
          if (!isNotFound(error)) throw error;
        }
      }),
    );
    const failed = results.find((result) => result.status === 'rejected');
    return failed && { reason: 'FailedDelete', error: failed.reason };
  }

  /** The pods of all that work for the same owner: a Deployment's other ReplicaSets. */
  #related(owner: ReplicaOwner): Pod[] {
    const above = controllerOf(owner)?.uid;
    const owners = above === undefined ? [owner] : managedBy(this.#owners, above);
    return owners.flatMap(({ metadata }) => this.#pods.managedBy(metadata.uid)).filter(isActive);
  }

  async #report(
    key: string,
    owner: ReplicaOwner,
    claimed: readonly Pod[],
    failure: Failure | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { client, clock } = this.context;
    const { minReadySeconds = 0, template } = owner.spec;
    const now = clock.now();
    const { terminatingReplicas, ...counted } = replicaStatus(owner.status, {
      generation: owner.metadata.generation,
      minReadySeconds,
      templateLabels: template?.metadata?.labels ?? {},
      pods: claimed,
      failure: failure && { reason: failure.reason, message: (failure.error as Error).message },
      now,
    } satisfies ReplicaFacts);
    const status = this.flavor.countsTerminating ? { ...counted, terminatingReplicas } : counted;
    if (!isDeepStrictEqual(status, owner.status))
      await client.update(this.flavor.kind, { ...owner, status }, { subresource: 'status', signal });
    if (minReadySeconds === 0) return;
    const waits = claimed.filter(isActive).flatMap((pod) => untilAvailable(pod, minReadySeconds, now) ?? []);
    if (waits.length > 0) this.reconciler.queue.addAfter(key, Math.min(...waits) + 100);
  }
}

interface Failure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly error: unknown;
}
