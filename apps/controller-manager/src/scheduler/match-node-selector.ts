import { matchesLabels, type Node, type NodeSelectorTerm, type Pod, selectorOf } from '@hawser/api';

/** Whether a node meets all of a term's requirements; an empty term matches nothing, as upstream's. */
export function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const fields = { 'metadata.name': node.metadata.name };
  return (
    matchesLabels(selectorOf({ matchExpressions }), node.metadata.labels) &&
    matchesLabels(selectorOf({ matchExpressions: matchFields }), fields)
  );
}

/** Whether a node has the labels of `spec.nodeSelector` and meets the required node affinity. */
export function matchesNodeSelector({ spec }: Pod, node: Node): boolean {
  if (!matchesLabels(selectorOf({ matchLabels: spec.nodeSelector }), node.metadata.labels)) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}
