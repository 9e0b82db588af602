import type { ResourceQuota } from '@hawser/api';
import { type Amounts, add, evaluatorFor, measureUsage } from '@hawser/quota';
import type { Resource } from '@hawser/registry';

/** What a quota counts of all that is stored, as the caches have it now. */
export function storedUsage(quota: ResourceQuota, resources: Iterable<Resource>, now: Date): Amounts {
  const { namespace = '' } = quota.metadata;
  // What is enforced is what counts, not what is asked for since.
  const enforced = { ...quota, spec: { ...quota.spec, hard: quota.status?.hard } };
  const names = Object.keys(quota.status?.hard ?? {});
  let used: Amounts = new Map();
  for (const { kind, cache } of resources) {
    const evaluator = kind.namespaced ? evaluatorFor(kind.group, kind.plural) : undefined;
    if (evaluator === undefined || !names.some(evaluator.measures)) continue;
    const objects = cache.entries(namespace).map(({ object }) => object);
    used = add(used, measureUsage(enforced, evaluator, objects, now));
  }
  return used;
}
