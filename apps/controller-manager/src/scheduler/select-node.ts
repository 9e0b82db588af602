import type { Node, Pod } from '@hawser/api';
import { rejections } from './filters.ts';
import type { NodeInfo } from './node-info.ts';
import { scoreNodes } from './scores.ts';

/** Where a pod goes, or why nowhere. */
export type Selection = { readonly nodeName: string } | { readonly unschedulable: string };

/** Why a node will not do for what a pod brings along beside itself, such as volumes. */
export type FurtherRejections = (node: Node) => readonly string[];

/**
 * Chooses a node for a pod: of those that no filter rejects, the one with the highest score, by chance among equals.
 *
 * @param random 0 ≤ x < 1.
 * @param further asked where the filters have nothing to say.
 */
export function selectNode(
  pod: Pod,
  infos: readonly NodeInfo[],
  random: () => number = Math.random,
  further: FurtherRejections = () => [],
): Selection {
  const reasons = infos.map((info) => {
    const found = rejections(pod, info);
    return found.length > 0 ? found : further(info.node);
  });
  const feasible = infos.filter((_, i) => reasons[i]!.length === 0);
  if (feasible.length === 0) return { unschedulable: fitError(infos.length, reasons) };
  const scores = scoreNodes(pod, feasible);
  const highest = Math.max(...scores);
  const best = feasible.filter((_, i) => scores[i] === highest);
  return { nodeName: best[Math.floor(random() * best.length)]!.node.metadata.name };
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.` — the form of upstream's FitError. */
export function fitError(nodes: number, reasons: readonly (readonly string[])[]): string {
  if (nodes === 0) return 'no nodes available to schedule pods';
  const counts = new Map<string, number>();
  for (const reason of reasons.flat()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodes} nodes are available: ${parts.join(', ')}.`;
}
