import { isDeepStrictEqual } from 'node:util';
import { type ControllerRevision, type Pod, pods, type StatefulSet, statefulSets } from '@hawser/api';
import {
  type Informer,
  isAlreadyExists,
  isConflict,
  isNamespaceTerminating,
  isNotFound,
} from '@hawser/client';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { type History, RevisionHistory } from '../history/revision-history.ts';
import { claimObjects } from '../ownership/claim-objects.ts';
import { ownerWatch } from '../pods/owner-watch.ts';
import { PodIndex } from '../pods/pod-index.ts';
import { untilAvailable } from '../pods/pod-state.ts';
import { readSelector } from '../replica-set/replica-flavor.ts';
import { planStatefulSet, statefulView } from './plan-stateful-set.ts';
import { ordinalOf, revisionOfPod, statefulPod } from './stateful-pod.ts';
import { statefulSetStatus } from './stateful-set-status.ts';
import { VolumeClaims } from './volume-claims.ts';

/** Keeps pods that have lasting names and claims (pkg/controller/statefulset). */
export function createStatefulSetController(context: ControllerContext): Controller {
  return new StatefulSetController(context).reconciler;
}

/** The revisions that matter to a step. */
interface Revisions {
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
}

class StatefulSetController {
  readonly reconciler: Reconciler;
  readonly #sets: Informer<typeof statefulSets>;
  readonly #pods: PodIndex;
  readonly #history: RevisionHistory;
  readonly #claims: VolumeClaims;

  constructor(private readonly context: ControllerContext) {
    const { informers } = context;
    this.#sets = informers.get(statefulSets);
    this.#pods = new PodIndex(informers);
    this.#history = new RevisionHistory(context, statefulSets);
    this.#claims = new VolumeClaims(context);
    const sync = (key: string, signal: AbortSignal) => this.#sync(key, signal);
    this.reconciler = new Reconciler(context, { name: 'statefulset-controller', sync });
    const watch = ownerWatch<StatefulSet>({
      kind: statefulSets,
      get: (key) => this.#sets.get(key),
      list: (namespace) => this.#sets.list(namespace),
      selectorOf: ({ spec }) => readSelector(spec.selector),
      enqueue: (key) => this.reconciler.queue.add(key),
    });
    this.reconciler.follow(this.#sets).need(this.#history.informer).watch(this.#pods.informer, watch);
  }

  async #sync(key: string, signal: AbortSignal): Promise<void> {
    const set = this.#sets.get(key);
    const selector = set && readSelector(set.spec.selector);
    if (set === undefined || selector === undefined) return;
    const { client, clock } = this.context;
    const history = await this.#history.sync(set, selector, signal);
    const options = { client, ownerKind: statefulSets, kind: pods, selector, signal };
    const mayAdopt = (pod: Pod) => ordinalOf(set, pod) !== undefined;
    const claimed = await claimObjects(set, this.#pods.candidates(set), { ...options, mayAdopt });
    const own = claimed.filter(mayAdopt);
    const revisions = revisionsOf(set, history);
    const names = { current: revisions.current.metadata.name, update: revisions.update.metadata.name };
    const view = statefulView(set, own, names.update, clock.now());
    if (set.metadata.deletionTimestamp === undefined) await this.#carryOut(set, view, revisions, signal);
    const status = statefulSetStatus(set, own, names, view.now);
    if (!isDeepStrictEqual(status, set.status))
      await client.update(statefulSets, { ...set, status }, { subresource: 'status', signal });
    const live = new Set([...own.map(revisionOfPod), names.current, names.update]);
    await this.#history.cleanUp(set, history, ({ metadata }) => live.has(metadata.name), signal);
    const minReadySeconds = set.spec.minReadySeconds ?? 0;
    const waits = own.flatMap((pod) => untilAvailable(pod, minReadySeconds, view.now) ?? []);
    if (waits.length > 0) this.reconciler.queue.addAfter(key, Math.min(...waits) + 100);
  }

  async #carryOut(
    set: StatefulSet,
    view: ReturnType<typeof statefulView>,
    revisions: Revisions,
    signal: AbortSignal,
  ): Promise<void> {
    const { create, replace, condemn } = planStatefulSet(view);
    const steps = [
      ...create.map((ordinal) => this.#create(set, ordinal, revisions, signal)),
      ...replace.map((pod) => this.#delete(set, pod, signal)),
      ...condemn.map(async (pod) => {
        await this.#claims.condemn(set, pod, signal);
        await this.#delete(set, pod, signal);
      }),
    ];
    const failed = (await Promise.allSettled(steps)).find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #create(set: StatefulSet, ordinal: number, revisions: Revisions, signal: AbortSignal): Promise<void> {
    const { client, recorder } = this.context;
    const draft = statefulPod(set, ordinal, revisionFor(set, ordinal, revisions));
    const what = `Pod ${draft.metadata.name} in StatefulSet ${set.metadata.name}`;
    try {
      await this.#claims.ensure(set, ordinal, signal);
      await client.create(pods, draft as never, { namespace: set.metadata.namespace, signal });
      recorder.event(set, 'Normal', 'SuccessfulCreate', `create ${what} successful`);
    } catch (error) {
      // The cache will show it in a moment.
      if (isAlreadyExists(error) || isNamespaceTerminating(error)) return;
      const words = `create ${what} failed error: ${(error as Error).message}`;
      recorder.event(set, 'Warning', 'FailedCreate', words);
      throw error;
    }
  }

  async #delete(set: StatefulSet, pod: Pod, signal: AbortSignal): Promise<void> {
    const { client, recorder } = this.context;
    const { name, namespace, uid } = pod.metadata;
    const what = `Pod ${name} in StatefulSet ${set.metadata.name}`;
    try {
      await client.delete(pods, name, { namespace, uid, signal });
      recorder.event(set, 'Normal', 'SuccessfulDelete', `delete ${what} successful`);
    } catch (error) {
      // It went before the cache showed it.
      if (isNotFound(error) || isConflict(error)) return;
      const words = `delete ${what} failed error: ${(error as Error).message}`;
      recorder.event(set, 'Warning', 'FailedDelete', words);
      throw error;
    }
  }
}

function revisionsOf({ status }: StatefulSet, { current: update, old }: History): Revisions {
  const current = [...old, update].find(({ metadata }) => metadata.name === status?.currentRevision);
  return { current: current ?? update, update };
}

/** Pods below the partition, and those that a rolling update has not come to, are made as they were. */
function revisionFor({ spec, status }: StatefulSet, ordinal: number, { current, update }: Revisions) {
  if (spec.updateStrategy?.type !== 'RollingUpdate') return update;
  const start = spec.ordinals?.start ?? 0;
  const { rollingUpdate } = spec.updateStrategy;
  const kept = rollingUpdate === undefined ? (status?.currentReplicas ?? 0) : (rollingUpdate.partition ?? 0);
  return ordinal < start + kept ? current : update;
}
