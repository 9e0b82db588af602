import type { PolicyRule } from '@hawser/api';

/**
 * Rules of one verb each as upstream tells them: one line for all verbs of the same resource, a line for each verb of a
 * path (kubernetes/pkg/registry/rbac/validation/policy_compact.go), in order.
 */
export function describeRules(rules: readonly PolicyRule[]): string {
  const lines = new Set(compact(rules).map(describe));
  return [...lines].sort().join('\n');
}

/** Texts as Go's `%q` prints a list of them. */
export function goList(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}

function compact(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const paths = rules.filter(({ nonResourceURLs }) => nonResourceURLs !== undefined);
  const resources = rules.filter(({ nonResourceURLs }) => nonResourceURLs === undefined);
  const byTarget = Map.groupBy(resources, ({ verbs: _verbs, ...target }) => JSON.stringify(target));
  const merged = [...byTarget.values()].map((same) => ({
    ...same[0]!,
    verbs: same.flatMap(({ verbs }) => verbs),
  }));
  return [...paths, ...merged];
}

function describe({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const parts = Object.entries({
    APIGroups: apiGroups,
    Resources: resources,
    NonResourceURLs: nonResourceURLs,
    ResourceNames: resourceNames,
    Verbs: verbs,
  });
  return `{${parts.flatMap(([field, values]) => (values?.length ? [`${field}:${goList(values)}`] : [])).join(', ')}}`;
}
