import type { Pod, StatefulSet } from '@hawser/api';
import { scaledValue } from '../pods/int-or-percent.ts';
import { isAvailable } from '../pods/pod-state.ts';
import { ordinalOf, revisionOfPod } from './stateful-pod.ts';

/** What is seen of a StatefulSet. */
export interface StatefulView {
  readonly set: StatefulSet;
  /** By place: the pod of ordinal `start + place`, where there is one. */
  readonly replicas: readonly (Pod | undefined)[];
  /** Pods beyond what is wanted, the highest ordinal first. */
  readonly condemned: readonly Pod[];
  /** Name of the revision that pods are updated to. */
  readonly updateRevision: string;
  readonly now: Date;
}

/** What is to be done. */
export interface StatefulPlan {
  /** Ordinals whose pods are missing. */
  readonly create: readonly number[];
  /** Pods to be made anew: they have ended, or are of an old revision. */
  readonly replace: readonly Pod[];
  /** Pods that are one too many. */
  readonly condemn: readonly Pod[];
}

export function statefulView(
  set: StatefulSet,
  pods: readonly Pod[],
  updateRevision: string,
  now: Date,
): StatefulView {
  const start = set.spec.ordinals?.start ?? 0;
  const count = set.spec.replicas ?? 1;
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod), pod]));
  const replicas = Array.from({ length: count }, (_, place) => byOrdinal.get(start + place));
  const isCondemned = (ordinal: number) => ordinal < start || ordinal >= start + count;
  const condemned = [...byOrdinal]
    .flatMap(([ordinal, pod]) => (ordinal !== undefined && isCondemned(ordinal) ? [{ ordinal, pod }] : []))
    .toSorted((a, b) => b.ordinal - a.ordinal)
    .map(({ pod }) => pod);
  return { set, replicas, condemned, updateRevision, now };
}

const isLeaving = ({ metadata }: Pod) => metadata.deletionTimestamp !== undefined;
const hasEnded = ({ status }: Pod) => status?.phase === 'Failed' || status?.phase === 'Succeeded';

function isHealthy({ set, now }: StatefulView, pod: Pod | undefined): boolean {
  if (pod === undefined || isLeaving(pod) || pod.status?.phase !== 'Running') return false;
  return isAvailable(pod, set.spec.minReadySeconds ?? 0, now);
}

/**
 * The next step (pkg/controller/statefulset `updateStatefulSet`): in order, one after another, each waiting for the one
 * before; with podManagementPolicy Parallel, all at once.
 */
export function planStatefulSet(view: StatefulView): StatefulPlan {
  const plan = { create: [] as number[], replace: [] as Pod[], condemn: [] as Pod[] };
  const inOrder = view.set.spec.podManagementPolicy !== 'Parallel';
  if (planReplicas(view, inOrder, plan) === 'wait') return plan;
  if (planCondemned(view, inOrder, plan) === 'wait') return plan;
  if (view.set.spec.updateStrategy?.type === 'RollingUpdate') plan.replace.push(...outdated(view));
  return plan;
}

type Plan = { create: number[]; replace: Pod[]; condemn: Pod[] };

function planReplicas(view: StatefulView, inOrder: boolean, plan: Plan): 'wait' | 'go on' {
  const start = view.set.spec.ordinals?.start ?? 0;
  for (const [place, pod] of view.replicas.entries()) {
    if (pod === undefined) plan.create.push(start + place);
    else if (hasEnded(pod) && !isLeaving(pod)) plan.replace.push(pod);
    else if (isHealthy(view, pod)) continue;
    if (inOrder && !isOutdatedAndBroken(view, pod)) return 'wait';
  }
  return 'go on';
}

/** A pod that never became ready must not hold up its own replacement by a newer revision. */
function isOutdatedAndBroken(view: StatefulView, pod: Pod | undefined): boolean {
  if (pod === undefined || isLeaving(pod) || hasEnded(pod)) return false;
  return outdated(view).includes(pod);
}

function planCondemned(view: StatefulView, inOrder: boolean, plan: Plan): 'wait' | 'go on' {
  const lowestBroken = view.condemned.findLast((pod) => !isHealthy(view, pod));
  for (const pod of view.condemned) {
    const mustWait = isLeaving(pod) || (!isHealthy(view, pod) && pod !== lowestBroken);
    if (inOrder && mustWait) return 'wait';
    if (!isLeaving(pod)) plan.condemn.push(pod);
    if (inOrder) return 'wait';
  }
  return 'go on';
}

/** Pods of an old revision that may go now: from the highest ordinal down to the partition. */
function outdated(view: StatefulView): Pod[] {
  const { set, replicas, updateRevision } = view;
  const { partition = 0, maxUnavailable } = set.spec.updateStrategy?.rollingUpdate ?? {};
  if (set.spec.updateStrategy?.type !== 'RollingUpdate') return [];
  const most = Math.max(1, scaledValue(maxUnavailable ?? 1, replicas.length, 'up'));
  let missing = replicas.filter((pod) => !isHealthy(view, pod)).length;
  const found: Pod[] = [];
  for (const pod of replicas.slice(partition).toReversed()) {
    const isOld =
      pod !== undefined && revisionOfPod(pod) !== updateRevision && !isLeaving(pod) && !hasEnded(pod);
    if (!isOld) {
      if (most === 1 && !isHealthy(view, pod)) return found;
      continue;
    }
    if (isHealthy(view, pod)) {
      if (missing >= most) return found;
      missing += 1;
    }
    found.push(pod);
    if (most === 1) return found;
  }
  return found;
}
