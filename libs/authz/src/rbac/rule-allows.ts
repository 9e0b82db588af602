import type { PolicyRule } from '@hawser/api';
import type { Attributes } from '../authorizer.ts';

/** Whether one rule lets a request through (kubernetes/pkg/apis/rbac/v1/evaluation_helpers.go). */
export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!hasOrAll(rule.verbs, attributes.verb)) return false;
  return attributes.resourceRequest ? resourceMatches(rule, attributes) : pathMatches(rule, attributes.path);
}

function resourceMatches(rule: PolicyRule, { apiGroup, resource, subresource, name }: Attributes): boolean {
  if (!hasOrAll(rule.apiGroups, apiGroup)) return false;
  if (rule.resources === undefined || !namesResource(rule.resources, resource, subresource)) return false;
  // A collection has no name, so a rule for names never covers listing one.
  const names = rule.resourceNames;
  return names === undefined || names.length === 0 || names.includes(name);
}

// `pods` is the resource alone, `pods/log` one subresource, `*/scale` that of any resource, `*` everything.
function namesResource(resources: readonly string[], resource: string, subresource: string): boolean {
  if (resources.includes('*')) return true;
  if (subresource === '') return resources.includes(resource);
  return resources.includes(`${resource}/${subresource}`) || resources.includes(`*/${subresource}`);
}

function pathMatches({ nonResourceURLs = [] }: PolicyRule, path: string): boolean {
  return nonResourceURLs.some((url) => urlCovers(url, path));
}

/** A path for itself; with `*` at the end, for whatever begins like it. */
export function urlCovers(url: string, path: string): boolean {
  if (url === '*' || url === path) return true;
  return url.endsWith('*') && path.startsWith(url.replace(/\*+$/, ''));
}

function hasOrAll(values: readonly string[] | undefined, value: string): boolean {
  return values !== undefined && (values.includes(value) || values.includes('*'));
}
