import type { ResourceQuota } from '@hawser/api';
import { type Amounts, accumulate, count, pick } from './amounts.ts';
import { scopesOf } from './charge-quota.ts';
import type { Evaluator } from './evaluator.ts';

/**
 * What objects of one resource use of what a quota limits, in its scopes (apiserver/pkg/quota/v1, CalculateUsage).
 * @returns every limited resource that such objects use at all; zero where none does.
 */
export function measureUsage(
  quota: ResourceQuota,
  evaluator: Evaluator,
  objects: Iterable<object>,
  now: Date,
): Amounts {
  const names = Object.keys(quota.spec?.hard ?? {}).filter(evaluator.measures);
  const scopes = scopesOf(quota);
  const used = new Map(names.map((name) => [name, count(0)]));
  for (const object of objects)
    if (scopes.every((scope) => evaluator.isInScope(object, scope)))
      accumulate(used, pick(evaluator.usage(object, now), names));
  return used;
}
