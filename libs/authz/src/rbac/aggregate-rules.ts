import {
  type ClusterRole,
  matchesLabels,
  type PolicyRule,
  type Selector,
  SelectorError,
  selectorOf,
} from '@hawser/api';

type LabelSelector = Parameters<typeof selectorOf>[0];

/**
 * The rules that a ClusterRole gives: its own, or, with an aggregation rule, those of all ClusterRoles that it
 * selects, in the order of their names and each rule once; what it says in `rules` itself does not count then.
 * Selected roles may aggregate in turn: what upstream's controller comes to after some rounds is computed in
 * one (kubernetes/pkg/controller/clusterroleaggregation).
 * @param all every ClusterRole, itself included.
 */
export function aggregateRules(clusterRole: ClusterRole, all: readonly ClusterRole[]): readonly PolicyRule[] {
  return collect(clusterRole, all, new Set());
}

function collect(role: ClusterRole, all: readonly ClusterRole[], seen: Set<string>): readonly PolicyRule[] {
  if (role.aggregationRule === undefined) return role.rules ?? [];
  seen.add(role.metadata.name);
  const rules = selectedBy(role, all)
    .filter((selected) => !seen.has(selected.metadata.name))
    .flatMap((selected) => collect(selected, all, seen));
  return [...new Map(rules.map((rule) => [canonical(rule), rule])).values()];
}

/** In the order of the selectors, and of the names within what one selects. */
function selectedBy(role: ClusterRole, all: readonly ClusterRole[]): readonly ClusterRole[] {
  const byName = all.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  return (role.aggregationRule?.clusterRoleSelectors ?? []).flatMap((labelSelector) => {
    const selector = usable(labelSelector);
    if (selector === undefined) return [];
    return byName.filter((candidate) => matchesLabels(selector, candidate.metadata.labels));
  });
}

/** One that cannot be used selects nothing: a role that is stored so must not fail the requests of others. */
function usable(labelSelector: LabelSelector): Selector | undefined {
  try {
    return selectorOf(labelSelector);
  } catch (error) {
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}

function canonical(rule: PolicyRule): string {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  return JSON.stringify([verbs, apiGroups, resources, resourceNames, nonResourceURLs]);
}
