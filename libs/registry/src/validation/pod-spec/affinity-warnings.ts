import { deprecatedNodeLabel } from './deprecated-node-labels.ts';
import type { NodeSelectorTerm, PodAffinity, PodSpec } from './pod-types.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Words about placement: deprecated labels of nodes, and selectors that select nothing. */
export function affinityWarnings(
  path: string,
  { affinity, topologySpreadConstraints = [] }: PodSpec,
): string[] {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity ?? {};
  const at = `${path}.affinity`;
  return [
    ...(nodeAffinity?.[REQUIRED]?.nodeSelectorTerms ?? []).flatMap((term, i) =>
      termWarnings(`${at}.nodeAffinity.${REQUIRED}.nodeSelectorTerms[${i}]`, term),
    ),
    ...(nodeAffinity?.[PREFERRED] ?? []).flatMap(({ preference }, i) =>
      termWarnings(`${at}.nodeAffinity.${PREFERRED}[${i}].preference`, preference),
    ),
    ...topologySpreadConstraints.flatMap(({ topologyKey, labelSelector }, i) => {
      const where = `${path}.topologySpreadConstraints[${i}]`;
      const words = deprecatedNodeLabel(topologyKey);
      return [
        ...(words === undefined ? [] : [`${where}.topologyKey: ${topologyKey} is ${words}`]),
        ...selectorWarnings(where, labelSelector),
      ];
    }),
    ...podAffinityWarnings(`${at}.podAffinity`, podAffinity),
    ...podAffinityWarnings(`${at}.podAntiAffinity`, podAntiAffinity),
  ];
}

function termWarnings(at: string, { matchExpressions = [] }: NodeSelectorTerm = {}): string[] {
  return matchExpressions.flatMap(({ key }, i) => {
    const words = deprecatedNodeLabel(key);
    return words === undefined ? [] : [`${at}.matchExpressions[${i}].key: ${key} is ${words}`];
  });
}

function podAffinityWarnings(at: string, affinity: PodAffinity | undefined): string[] {
  return [
    ...(affinity?.[REQUIRED] ?? []).flatMap(({ labelSelector }, i) =>
      selectorWarnings(`${at}.${REQUIRED}[${i}]`, labelSelector),
    ),
    ...(affinity?.[PREFERRED] ?? []).flatMap(({ podAffinityTerm }, i) =>
      selectorWarnings(`${at}.${PREFERRED}[${i}].podAffinityTerm`, podAffinityTerm?.labelSelector),
    ),
  ];
}

function selectorWarnings(at: string, selector: object | undefined): string[] {
  return selector === undefined
    ? [`${at}.labelSelector: a null labelSelector results in matching no pod`]
    : [];
}
