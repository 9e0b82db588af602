import { isDeepStrictEqual } from 'node:util';
import {
  type Deployment,
  type DeploymentStatus,
  deployments,
  type Pod,
  type ReplicaSet,
  replicaSets,
} from '@hawser/api';
import { isAlreadyExists } from '@hawser/client';
import type { ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound } from '../framework/expected-errors.ts';
import { isControlledBy } from '../ownership/controller-ref.ts';
import { annotationsAtRevision, REVISION, revisionOf, sizeAnnotations } from './annotations.ts';
import { condition, conditionOf, PAUSED, TIMED_OUT, withCondition } from './conditions.ts';
import { countedStatus, hasDeadline, isComplete, rolloutStatus, untilTimeout } from './deployment-status.ts';
import { newReplicaSet } from './new-replica-set.ts';
import { planRollingUpdate, type Resize } from './plan-rollout.ts';
import { isScalingEvent, planScale } from './plan-scale.ts';
import { findNew, sameTemplate, sizeOf, sum } from './replica-set-selection.ts';
import { type RolloutLimits, rolloutLimits } from './rollout-limits.ts';

/** One look at a Deployment: what is next, and what is to be said of it. */
export class Rollout {
  readonly #limits: RolloutLimits;

  constructor(
    private readonly context: ControllerContext,
    /** A copy of its own. */
    private deployment: Deployment,
    private sets: ReplicaSet[],
    private readonly pods: () => Pod[],
    private readonly signal: AbortSignal,
    private readonly requeue: (afterMs: number) => void,
  ) {
    this.#limits = rolloutLimits(deployment);
  }

  async run(): Promise<void> {
    const { metadata, spec } = this.deployment;
    if (metadata.deletionTimestamp !== undefined) return this.#reportCounts();
    await this.#sayWhetherPaused();
    if (spec.paused || isScalingEvent(this.#limits, this.sets)) return this.#rescale();
    if (spec.strategy?.type === 'Recreate') await this.#recreate();
    else await this.#rollingUpdate();
  }

  #new(): ReplicaSet | undefined {
    return findNew(this.deployment, this.sets);
  }

  #old(fresh = this.#new()): ReplicaSet[] {
    return this.sets.filter((set) => set.metadata.uid !== fresh?.metadata.uid);
  }

  async #rollingUpdate(): Promise<void> {
    const fresh = await this.#ensureNew();
    const resizes = planRollingUpdate(this.#limits, fresh, this.#old(fresh));
    for (const resize of resizes) await this.#resize(resize);
    if (resizes.length === 0) await this.#cleanUp();
    await this.#report();
  }

  /** All old pods first, then the new ones. */
  async #recreate(): Promise<void> {
    await this.#syncRevision();
    const resizes = this.#old()
      .filter((set) => sizeOf(set) > 0)
      .map((set) => ({ set, replicas: 0 }));
    for (const resize of resizes) await this.#resize(resize);
    if (resizes.length > 0 || this.#oldPodsRun()) return this.#report();
    const fresh = await this.#ensureNew();
    const { desired } = this.#limits;
    if (sizeOf(fresh) !== desired) await this.#resize({ set: fresh, replicas: desired });
    else await this.#cleanUp();
    await this.#report();
  }

  #oldPodsRun(): boolean {
    const fresh = this.#new();
    return this.pods().some(
      (pod) =>
        pod.status?.phase !== 'Succeeded' &&
        pod.status?.phase !== 'Failed' &&
        (fresh === undefined || !isControlledBy(pod, fresh)),
    );
  }

  /** Another size, without a step of a rollout. */
  async #rescale(): Promise<void> {
    const fresh = await this.#syncRevision();
    const old = this.#old(fresh);
    for (const resize of planScale(this.deployment, this.#limits, fresh, old)) await this.#resize(resize);
    if (this.deployment.spec.paused) await this.#cleanUp();
    await this.#reportCounts();
  }

  /** The ReplicaSet of the current template, at the newest revision, if there is one. */
  async #syncRevision(): Promise<ReplicaSet | undefined> {
    const fresh = this.#new();
    if (fresh === undefined) return undefined;
    const revision = Math.max(0, ...this.#old(fresh).map(revisionOf)) + 1;
    const annotations = annotationsAtRevision(fresh, this.deployment, revision);
    const minReadySeconds = this.deployment.spec.minReadySeconds ?? 0;
    const same = isDeepStrictEqual(annotations, fresh.metadata.annotations ?? {});
    let current = fresh;
    if (!same || minReadySeconds !== (fresh.spec.minReadySeconds ?? 0)) {
      const spec = { ...fresh.spec, minReadySeconds };
      current = await this.#write({ ...fresh, metadata: { ...fresh.metadata, annotations }, spec });
    }
    await this.#setRevision(
      annotations[REVISION] ?? String(revision),
      current,
      'FoundNewReplicaSet',
      'Found',
    );
    return current;
  }

  async #ensureNew(): Promise<ReplicaSet> {
    return (await this.#syncRevision()) ?? (await this.#createNew());
  }

  async #createNew(): Promise<ReplicaSet> {
    const { client, recorder } = this.context;
    const { deployment, signal } = this;
    const old = this.#old(undefined);
    const revision = Math.max(0, ...old.map(revisionOf)) + 1;
    const { desired, maxSurge } = this.#limits;
    const room = desired + maxSurge - sum(old.map(sizeOf));
    const isRolling = deployment.spec.strategy?.type !== 'Recreate';
    const replicas = isRolling ? Math.max(0, Math.min(desired, room)) : desired;
    const wanted = newReplicaSet(deployment, this.#limits, revision, replicas);
    let made: ReplicaSet;
    try {
      made = await client.create(replicaSets, wanted, { namespace: deployment.metadata.namespace, signal });
      if (replicas > 0)
        recorder.event(
          deployment,
          'Normal',
          'ScalingReplicaSet',
          `Scaled up replica set ${made.metadata.name} from 0 to ${replicas}`,
        );
    } catch (error) {
      if (!isAlreadyExists(error)) {
        await this.#sayCreateFailed(error as Error);
        throw error;
      }
      made = await this.#takeExisting(wanted.metadata.name, error);
    }
    this.sets = [...this.sets, made];
    await this.#setRevision(String(revision), made, 'NewReplicaSetCreated', 'Created new');
    return made;
  }

  /** The name is taken: by what was made before and the cache does not show, or by something else. */
  async #takeExisting(name: string, error: unknown): Promise<ReplicaSet> {
    const { client } = this.context;
    const { deployment, signal } = this;
    const { namespace } = deployment.metadata;
    const found = await client.get(replicaSets, name, { namespace, signal });
    if (isControlledBy(found, deployment) && sameTemplate(found.spec.template, deployment.spec.template))
      return found;
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    await this.#writeStatus({ ...deployment.status, collisionCount });
    throw error;
  }

  async #sayCreateFailed({ message }: Error): Promise<void> {
    if (!hasDeadline(this.deployment)) return;
    const said = condition(
      'Progressing',
      'False',
      'ReplicaSetCreateError',
      message,
      this.context.clock.now(),
    );
    const { conditions = [] } = this.deployment.status ?? {};
    await this.#writeStatus({ ...this.deployment.status, conditions: withCondition(conditions, said) });
  }

  /** Writes the revision on the Deployment, and that a rollout goes on where nothing is said of one. */
  async #setRevision(revision: string, set: ReplicaSet, reason: string, verb: string): Promise<void> {
    const { client, clock } = this.context;
    if (this.deployment.metadata.annotations?.[REVISION] !== revision) {
      const { metadata } = this.deployment;
      const annotations = { ...metadata.annotations, [REVISION]: revision };
      const changed = { ...this.deployment, metadata: { ...metadata, annotations } };
      this.deployment = await client.update(deployments, changed, { signal: this.signal });
    }
    const isNew = reason === 'NewReplicaSetCreated';
    if (!hasDeadline(this.deployment)) return;
    if (!isNew && conditionOf(this.deployment.status, 'Progressing') !== undefined) return;
    const words = `${verb} ${isNew ? '' : 'new '}replica set ${JSON.stringify(set.metadata.name)}`;
    const said = condition('Progressing', 'True', reason, words, clock.now());
    const { conditions = [] } = this.deployment.status ?? {};
    await this.#writeStatus({ ...this.deployment.status, conditions: withCondition(conditions, said) });
  }

  async #resize({ set, replicas }: Resize): Promise<void> {
    const before = sizeOf(set);
    const { desired, maxSurge } = this.#limits;
    const sizes = sizeAnnotations(desired, maxSurge);
    const annotations = { ...set.metadata.annotations, ...sizes };
    const same = isDeepStrictEqual(annotations, set.metadata.annotations);
    if (before === replicas && same) return;
    await this.#write({
      ...set,
      metadata: { ...set.metadata, annotations },
      spec: { ...set.spec, replicas },
    });
    if (before === replicas) return;
    const direction = replicas > before ? 'up' : 'down';
    this.context.recorder.event(
      this.deployment,
      'Normal',
      'ScalingReplicaSet',
      `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${replicas}`,
    );
  }

  async #write(set: ReplicaSet): Promise<ReplicaSet> {
    const written = await this.context.client.update(replicaSets, set, { signal: this.signal });
    this.sets = this.sets.map((one) => (one.metadata.uid === written.metadata.uid ? written : one));
    return written;
  }

  /** Deletes what is beyond the history that is to be kept. */
  async #cleanUp(): Promise<void> {
    const { deployment, signal } = this;
    const status = countedStatus(deployment, this.sets, this.#new(), this.context.clock.now());
    if (!deployment.spec.paused && !isComplete(deployment, status)) return;
    const limit = deployment.spec.revisionHistoryLimit;
    if (limit === undefined) return;
    const old = this.#old().filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const surplus = old
      .toSorted((a, b) => revisionOf(a) - revisionOf(b))
      .slice(0, Math.max(0, old.length - limit));
    for (const set of surplus) {
      const { name, namespace, uid, generation = 0 } = set.metadata;
      const isUsed = sizeOf(set) > 0 || (set.status?.replicas ?? 0) > 0;
      if (isUsed || generation > (set.status?.observedGeneration ?? 0)) continue;
      await this.context.client.delete(replicaSets, name, { namespace, uid, signal }).catch(ignoreNotFound);
    }
  }

  /** While it is paused, no deadline counts. */
  async #sayWhetherPaused(): Promise<void> {
    const { deployment } = this;
    if (!hasDeadline(deployment)) return;
    const said = conditionOf(deployment.status, 'Progressing');
    if (said?.reason === TIMED_OUT) return;
    const isSaid = said?.reason === PAUSED;
    const isPaused = deployment.spec.paused ?? false;
    if (isSaid === isPaused) return;
    const [reason, words] = isPaused
      ? [PAUSED, 'Deployment is paused']
      : ['DeploymentResumed', 'Deployment is resumed'];
    const next = condition('Progressing', 'Unknown', reason, words, this.context.clock.now());
    const conditions = withCondition(deployment.status?.conditions ?? [], next);
    await this.#writeStatus({ ...deployment.status, conditions });
  }

  async #reportCounts(): Promise<void> {
    const now = this.context.clock.now();
    await this.#writeStatus(countedStatus(this.deployment, this.sets, this.#new(), now));
  }

  async #report(): Promise<void> {
    const now = this.context.clock.now();
    const status = rolloutStatus(this.deployment, this.sets, this.#new(), now);
    await this.#writeStatus(status);
    const leftMs = untilTimeout(this.deployment, status, now);
    if (leftMs !== undefined) this.requeue(Math.max(0, leftMs) + 1000);
  }

  async #writeStatus(status: DeploymentStatus): Promise<void> {
    if (isDeepStrictEqual(status, this.deployment.status)) return;
    const options = { subresource: 'status', signal: this.signal };
    this.deployment = await this.context.client.update(deployments, { ...this.deployment, status }, options);
  }
}
