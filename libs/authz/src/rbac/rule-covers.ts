import type { PolicyRule } from '@hawser/api';
import { urlCovers } from './rule-allows.ts';

/**
 * What of the wanted rights the owned ones do not give, as rules of one verb, one resource, one name each.
 * Tells whether a rule must be added to a role, and whether somebody may hand out rights: nobody may give
 * what they do not have (component-helpers/auth/rbac/validation/policy_comparator.go).
 */
export function uncoveredRules(
  owned: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): readonly PolicyRule[] {
  return wanted.flatMap(singleRights).filter((right) => !owned.some((rule) => covers(rule, right)));
}

function singleRights({
  verbs,
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
}: PolicyRule) {
  const rights: PolicyRule[] = [];
  const names = resourceNames.length === 0 ? [undefined] : resourceNames;
  for (const verb of verbs) {
    for (const group of apiGroups)
      for (const resource of resources)
        for (const name of names)
          rights.push({
            verbs: [verb],
            apiGroups: [group],
            resources: [resource],
            ...(name === undefined ? {} : { resourceNames: [name] }),
          });
    for (const url of nonResourceURLs) rights.push({ verbs: [verb], nonResourceURLs: [url] });
  }
  return rights;
}

function covers(rule: PolicyRule, right: PolicyRule): boolean {
  return (
    hasAllOrStar(rule.verbs, right.verbs) &&
    hasAllOrStar(rule.apiGroups, right.apiGroups) &&
    coversResources(rule.resources ?? [], right.resources ?? []) &&
    coversNames(rule.resourceNames ?? [], right.resourceNames ?? []) &&
    (right.nonResourceURLs ?? []).every((path) =>
      (rule.nonResourceURLs ?? []).some((url) => urlCovers(url, path)),
    )
  );
}

function hasAllOrStar(owned: readonly string[] = [], wanted: readonly string[] = []): boolean {
  return owned.includes('*') || wanted.every((value) => owned.includes(value));
}

function coversResources(owned: readonly string[], wanted: readonly string[]): boolean {
  if (owned.includes('*')) return true;
  return wanted.every((resource) => {
    const slash = resource.indexOf('/');
    return owned.includes(resource) || (slash !== -1 && owned.includes(`*${resource.slice(slash)}`));
  });
}

/** All names cover some; some never cover all. */
function coversNames(owned: readonly string[], wanted: readonly string[]): boolean {
  if (wanted.length === 0) return owned.length === 0;
  return owned.length === 0 || wanted.every((name) => owned.includes(name));
}
