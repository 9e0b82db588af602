import type { Pod } from '@hawser/api';
import { isReady, podCondition } from '../pods/pod-state.ts';

const COST = 'controller.kubernetes.io/pod-deletion-cost';

/**
 * Which pods go first when there are too many (pkg/controller `ActivePodsWithRanks`): those that have come less far,
 * then those that cost less, then those that share a node with more of their kind, then the younger; ages are compared
 * in powers of two only, so that it is not always the youngest.
 * @param related pods that do the same work, whose nodes count as crowded.
 */
export function podsToDelete(pods: readonly Pod[], related: readonly Pod[], count: number, now: Date): Pod[] {
  if (count >= pods.length) return [...pods];
  const crowd = Map.groupBy(related, ({ spec }) => spec.nodeName ?? '');
  const rankOf = ({ spec }: Pod) => (spec.nodeName ? (crowd.get(spec.nodeName)?.length ?? 0) : 0);
  const comparisons: ((a: Pod, b: Pod) => number)[] = [
    (a, b) => Number(Boolean(a.spec.nodeName)) - Number(Boolean(b.spec.nodeName)),
    (a, b) => phaseRank(a) - phaseRank(b),
    (a, b) => Number(isReady(a)) - Number(isReady(b)),
    (a, b) => costOf(a) - costOf(b),
    (a, b) => rankOf(b) - rankOf(a),
    (a, b) => (isReady(a) && isReady(b) ? compareAges(readySince(a), readySince(b), a, b, now) : 0),
    (a, b) => restartsOf(b) - restartsOf(a),
    (a, b) => compareAges(a.metadata.creationTimestamp, b.metadata.creationTimestamp, a, b, now),
  ];
  const compare = (a: Pod, b: Pod) => {
    for (const comparison of comparisons) {
      const order = comparison(a, b);
      if (order !== 0) return order;
    }
    return 0;
  };
  return pods.toSorted(compare).slice(0, count);
}

function phaseRank({ status }: Pod): number {
  const phase = status?.phase ?? 'Pending';
  return phase === 'Pending' ? 0 : phase === 'Unknown' ? 1 : 2;
}

function costOf({ metadata }: Pod): number {
  const text = metadata.annotations?.[COST] ?? '';
  return /^-?\d{1,10}$/.test(text) ? Number(text) : 0;
}

function readySince(pod: Pod): string | undefined {
  return podCondition(pod, 'Ready')?.lastTransitionTime;
}

function restartsOf({ status }: Pod): number {
  return Math.max(0, ...(status?.containerStatuses ?? []).map(({ restartCount }) => restartCount ?? 0));
}

/** The younger first, by powers of two; among those of one power, by UID. */
function compareAges(a: string | undefined, b: string | undefined, one: Pod, other: Pod, now: Date): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  const [ageA, ageB] = [power(a, now), power(b, now)];
  return ageA === ageB ? ((one.metadata.uid ?? '') < (other.metadata.uid ?? '') ? -1 : 1) : ageA - ageB;
}

function power(since: string, now: Date): number {
  const ageNs = (now.getTime() - Date.parse(since)) * 1e6;
  return ageNs <= 0 ? -1 : Math.floor(Math.log2(ageNs));
}
