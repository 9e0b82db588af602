import type { Pod } from '@hawser/api';
import { tolerates } from '../node-lifecycle/tolerates.ts';
import { matchesTerm } from './match-node-selector.ts';
import type { NodeInfo } from './node-info.ts';
import { podRequests, type Resources } from './pod-resources.ts';

/** What containers without requests are taken to use, so that they too fill a node (upstream's defaults). */
const ASSUMED: Resources = new Map([
  ['cpu', 100],
  ['memory', 200 * 1024 * 1024],
]);

/** How much room is left on the node if the pod goes there, 0 to 100, the mean of CPU and memory (LeastAllocated). */
export function leastAllocated(pod: Pod, { allocatable, pods }: NodeInfo): number {
  const shares = [...ASSUMED.keys()].map((name) => {
    const total = allocatable.get(name) ?? 0;
    const used = [...pods, pod].reduce((sum, other) => sum + assumedRequest(other, name), 0);
    return total === 0 ? 0 : (Math.max(0, total - used) / total) * 100;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

function assumedRequest(pod: Pod, name: string): number {
  return podRequests(pod).get(name) || ASSUMED.get(name)! * pod.spec.containers.length;
}

/** The sum of the weights of the preferred node affinity terms that the node meets. */
export function preferredAffinity({ spec }: Pod, { node }: NodeInfo): number {
  const terms = spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return terms
    .filter(({ preference }) => matchesTerm(preference, node))
    .reduce((sum, { weight }) => sum + weight, 0);
}

/** How many PreferNoSchedule taints the pod does not tolerate. */
export function intolerableTaints({ spec }: Pod, { node }: NodeInfo): number {
  const taints = (node.spec?.taints ?? []).filter(({ effect }) => effect === 'PreferNoSchedule');
  return taints.filter((taint) => !spec.tolerations?.some((toleration) => tolerates(toleration, taint)))
    .length;
}

/** How many pods of the same kind are there: of the same owner, or for pods without one, of the same labels. */
export function siblings(pod: Pod, { pods }: NodeInfo): number {
  const owner = controllerUid(pod);
  const labels = JSON.stringify(Object.entries(pod.metadata.labels ?? {}).sort());
  const isSibling = (other: Pod) =>
    other.metadata.namespace === pod.metadata.namespace &&
    (owner
      ? controllerUid(other) === owner
      : labels !== '[]' && labels === JSON.stringify(Object.entries(other.metadata.labels ?? {}).sort()));
  return pods.filter(isSibling).length;
}

function controllerUid({ metadata }: Pod): string | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller)?.uid;
}

/** Weights as upstream's default plugins: taints 3, affinity 2, spread 2, room 1. */
const WEIGHTS = { taints: 3, affinity: 2, spread: 2, room: 1 };

/** Scores nodes for a pod, each aspect brought to 0–100 over the nodes at hand; the higher the better. */
export function scoreNodes(pod: Pod, infos: readonly NodeInfo[]): number[] {
  const taints = normalize(infos.map((info) => -intolerableTaints(pod, info)));
  const affinity = normalize(infos.map((info) => preferredAffinity(pod, info)));
  const spread = normalize(infos.map((info) => -siblings(pod, info)));
  const room = infos.map((info) => leastAllocated(pod, info));
  return infos.map(
    (_, i) =>
      WEIGHTS.taints * taints[i]! +
      WEIGHTS.affinity * affinity[i]! +
      WEIGHTS.spread * spread[i]! +
      WEIGHTS.room * room[i]!,
  );
}

function normalize(values: readonly number[]): number[] {
  const least = Math.min(...values);
  const span = Math.max(...values) - least;
  return values.map((value) => (span === 0 ? 100 : ((value - least) / span) * 100));
}
