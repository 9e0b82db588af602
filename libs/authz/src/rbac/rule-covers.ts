import type { PolicyRule } from '@hawser/api';
import { urlCovers } from './rule-allows.ts';

/** Four lists of two hundred entries make more than a billion single rights: so many are looked at, no more. */
const MAX_RIGHTS = 20_000;
/** Of what is missing so much is told. */
const MAX_MISSING = 1_000;

/** Rules that stand for more single rights than anybody can be asked for. */
export class TooManyRightsError extends Error {
  override name = 'TooManyRightsError';
}

/**
 * What of the wanted rights the owned ones do not give, as rules of one verb, one resource, one name each; of very
 * many the first. Tells whether a rule must be added to a role, and whether somebody may hand out rights: nobody may
 * give what they do not have (component-helpers/auth/rbac/validation/policy_comparator.go).
 * @throws TooManyRightsError where it would take too long to tell; never for rules that owned ones cover as they are.
 */
export function uncoveredRules(
  owned: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): readonly PolicyRule[] {
  const rules = owned.map(setsOf);
  const missing: PolicyRule[] = [];
  let looked = 0;
  for (const rule of wanted) {
    if (rules.some((each) => covers(each, rule))) continue;
    for (const right of singleRights(rule)) {
      looked += 1;
      if (looked > MAX_RIGHTS)
        throw new TooManyRightsError(`more than ${MAX_RIGHTS} single rights are too many to be checked`);
      if (!rules.some((each) => covers(each, right))) missing.push(right);
      if (missing.length === MAX_MISSING) return missing;
    }
  }
  return missing;
}

/** One after the other: all of them may be more than there is memory for. */
function* singleRights(rule: PolicyRule): Iterable<PolicyRule> {
  const { verbs, apiGroups, resources, resourceNames } = setsOf(rule);
  const names = resourceNames.size === 0 ? [undefined] : resourceNames;
  for (const verb of verbs) {
    for (const group of apiGroups)
      for (const resource of resources)
        for (const name of names)
          yield {
            verbs: [verb],
            apiGroups: [group],
            resources: [resource],
            ...(name === undefined ? {} : { resourceNames: [name] }),
          };
    for (const url of new Set(rule.nonResourceURLs)) yield { verbs: [verb], nonResourceURLs: [url] };
  }
}

/** A rule, to be asked many times. */
interface RuleSets {
  readonly verbs: ReadonlySet<string>;
  readonly apiGroups: ReadonlySet<string>;
  readonly resources: ReadonlySet<string>;
  readonly resourceNames: ReadonlySet<string>;
  readonly nonResourceURLs: readonly string[];
}

function setsOf({ verbs, apiGroups, resources, resourceNames, nonResourceURLs = [] }: PolicyRule): RuleSets {
  return {
    verbs: new Set(verbs),
    apiGroups: new Set(apiGroups),
    resources: new Set(resources),
    resourceNames: new Set(resourceNames),
    nonResourceURLs,
  };
}

function covers(rule: RuleSets, { verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule) {
  return (
    hasAllOrStar(rule.verbs, verbs) &&
    hasAllOrStar(rule.apiGroups, apiGroups) &&
    coversResources(rule.resources, resources) &&
    coversNames(rule.resourceNames, resourceNames) &&
    (nonResourceURLs ?? []).every((path) => rule.nonResourceURLs.some((url) => urlCovers(url, path)))
  );
}

function hasAllOrStar(owned: ReadonlySet<string>, wanted: readonly string[] = []): boolean {
  return owned.has('*') || wanted.every((value) => owned.has(value));
}

function coversResources(owned: ReadonlySet<string>, wanted: readonly string[] = []): boolean {
  if (owned.has('*')) return true;
  return wanted.every((resource) => {
    const slash = resource.indexOf('/');
    return owned.has(resource) || (slash !== -1 && owned.has(`*${resource.slice(slash)}`));
  });
}

/** All names cover some; some never cover all. */
function coversNames(owned: ReadonlySet<string>, wanted: readonly string[] = []): boolean {
  if (wanted.length === 0) return owned.size === 0;
  return owned.size === 0 || wanted.every((name) => owned.has(name));
}
