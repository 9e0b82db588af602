import type { DaemonSet, Node, Pod } from '@hawser/api';
import { REVISION_LABEL } from '../history/revision-history.ts';
import { scaledValue } from '../pods/int-or-percent.ts';
import { isAvailable } from '../pods/pod-state.ts';
import { targetNode } from './daemon-pod.ts';
import { type Eligibility, eligibilityOf } from './eligibility.ts';

/** What is to be done: nodes that get a pod, pods that go. */
export interface DaemonPlan {
  readonly create: readonly string[];
  readonly remove: readonly Pod[];
}

/** What is seen of a DaemonSet. */
export interface DaemonView {
  readonly set: DaemonSet;
  readonly nodes: readonly Node[];
  /** By the node that they are on or made for; oldest first. */
  readonly podsByNode: ReadonlyMap<string, readonly Pod[]>;
  readonly eligibility: ReadonlyMap<string, Eligibility>;
  /** The hash of the current template. */
  readonly hash: string;
  readonly now: Date;
}

export function daemonView(
  set: DaemonSet,
  nodes: readonly Node[],
  pods: readonly Pod[],
  hash: string,
  now: Date,
): DaemonView {
  const born = ({ metadata }: Pod) => metadata.creationTimestamp ?? '';
  const sorted = pods.toSorted((a, b) => (born(a) < born(b) ? -1 : 1));
  const podsByNode = Map.groupBy(sorted, (pod) => targetNode(pod) ?? '');
  const eligibility = new Map(nodes.map((node) => [node.metadata.name, eligibilityOf(set, node)]));
  return { set, nodes, podsByNode, eligibility, hash, now };
}

/** Gives each node that shall have one its pod, and takes away what is elsewhere, has ended, or is one too many. */
export function planPods(view: DaemonView): DaemonPlan {
  const create: string[] = [];
  const remove: Pod[] = [];
  for (const { metadata } of view.nodes) {
    const pods = view.podsByNode.get(metadata.name) ?? [];
    const { shouldRun, shouldContinue } = view.eligibility.get(metadata.name)!;
    if (shouldRun && pods.length === 0) create.push(metadata.name);
    else if (shouldContinue) remove.push(...surplusOf(view, pods));
    else remove.push(...pods.filter(isStaying));
  }
  // Pods made for nodes that went before they were bound there.
  for (const [node, pods] of view.podsByNode)
    if (!view.eligibility.has(node))
      remove.push(...pods.filter((pod) => isStaying(pod) && !pod.spec.nodeName));
  return { create, remove };
}

const isStaying = ({ metadata }: Pod) => metadata.deletionTimestamp === undefined;
const hasEnded = ({ status }: Pod) => status?.phase === 'Failed' || status?.phase === 'Succeeded';

/** Of several that run, the oldest stays; in a surge also the oldest of the current template. */
function surplusOf(view: DaemonView, pods: readonly Pod[]): Pod[] {
  const staying = pods.filter(isStaying);
  const running = staying.filter((pod) => !hasEnded(pod));
  const kept = new Set<Pod>();
  if (limitsOf(view).maxSurge === 0) running.slice(0, 1).forEach((pod) => void kept.add(pod));
  else
    for (const current of [true, false])
      running
        .filter((pod) => isCurrent(view, pod) === current)
        .slice(0, 1)
        .forEach((pod) => void kept.add(pod));
  return staying.filter((pod) => !kept.has(pod));
}

const isCurrent = ({ hash }: DaemonView, { metadata }: Pod) => metadata.labels?.[REVISION_LABEL] === hash;

function desiredCount({ eligibility }: DaemonView): number {
  return [...eligibility.values()].filter(({ shouldRun }) => shouldRun).length;
}

function limitsOf(view: DaemonView): { maxSurge: number; maxUnavailable: number } {
  const { rollingUpdate = {} } = view.set.spec.updateStrategy ?? {};
  const desired = desiredCount(view);
  const maxSurge = scaledValue(rollingUpdate.maxSurge, desired, 'up');
  const maxUnavailable = scaledValue(rollingUpdate.maxUnavailable, desired, 'up');
  return { maxSurge, maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable };
}

/** The next step of a rolling update (pkg/controller/daemon/update.go). */
export function planUpdate(view: DaemonView): DaemonPlan {
  const { maxSurge, maxUnavailable } = limitsOf(view);
  const pairs = [...view.eligibility].flatMap(([node, { shouldRun }]) =>
    shouldRun ? [{ node, ...pairOf(view, view.podsByNode.get(node) ?? []) }] : [],
  );
  return maxSurge > 0 ? planSurge(view, pairs, maxSurge) : planReplacement(view, pairs, maxUnavailable);
}

interface Pair {
  readonly node: string;
  readonly fresh: Pod | undefined;
  readonly old: Pod | undefined;
  /** More than one of a kind: to be cleared up first. */
  readonly isMuddled: boolean;
}

function pairOf(view: DaemonView, pods: readonly Pod[]): Omit<Pair, 'node'> {
  const staying = pods.filter(isStaying);
  const fresh = staying.filter((pod) => isCurrent(view, pod));
  const old = staying.filter((pod) => !isCurrent(view, pod));
  return { fresh: fresh[0], old: old[0], isMuddled: fresh.length > 1 || old.length > 1 };
}

/** Old pods go first: those that are not available at once, the others as many as may be missing. */
function planReplacement(view: DaemonView, pairs: readonly Pair[], maxUnavailable: number): DaemonPlan {
  let unavailable = 0;
  const broken: Pod[] = [];
  const candidates: Pod[] = [];
  for (const { fresh, old, isMuddled } of pairs) {
    const only = fresh ?? old;
    if (isMuddled || only === undefined || (fresh !== undefined && old !== undefined)) unavailable += 1;
    else if (!available(view, only)) {
      unavailable += 1;
      if (old !== undefined) broken.push(old);
    } else if (old !== undefined) candidates.push(old);
  }
  return {
    create: [],
    remove: [...broken, ...candidates.slice(0, Math.max(0, maxUnavailable - unavailable))],
  };
}

/** New pods come first; an old one goes when the new one beside it is available. */
function planSurge(view: DaemonView, pairs: readonly Pair[], maxSurge: number): DaemonPlan {
  let surge = 0;
  const urgent: string[] = [];
  const candidates: string[] = [];
  const remove: Pod[] = [];
  for (const { node, fresh, old, isMuddled } of pairs) {
    if (isMuddled) surge += 1;
    else if (old === undefined) continue;
    else if (fresh === undefined) (available(view, old) ? candidates : urgent).push(node);
    else if (available(view, fresh)) remove.push(old);
    else surge += 1;
  }
  return { create: [...urgent, ...candidates.slice(0, Math.max(0, maxSurge - surge))], remove };
}

function available({ set, now }: DaemonView, pod: Pod): boolean {
  return isAvailable(pod, set.spec.minReadySeconds ?? 0, now);
}
