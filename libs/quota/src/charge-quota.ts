import type { ResourceQuota, ScopedResourceSelectorRequirement } from '@hawser/api';
import {
  type Amounts,
  add,
  amountsOf,
  exceeding,
  negatives,
  pick,
  subtract,
  tableOf,
  withoutZeros,
} from './amounts.ts';
import type { Evaluator } from './evaluator.ts';
import { QuotaError } from './quota-error.ts';

/** A write that may use something. */
export interface Usage {
  readonly object: object;
  /** What stood before, on an update. */
  readonly oldObject: object | undefined;
  /** The status does not ask for anything: it is charged, and not refused. */
  readonly isStatus: boolean;
}

/** What a quota is selective about, in one form. */
export function scopesOf({ spec }: ResourceQuota): ScopedResourceSelectorRequirement[] {
  const plain = (spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' }));
  return [...plain, ...(spec?.scopeSelector?.matchExpressions ?? [])];
}

/** Whether a quota counts an object: it limits something that such objects use, and the object is in its scopes. */
export function isCounted(quota: ResourceQuota, evaluator: Evaluator, object: object): boolean {
  const names = Object.keys(quota.status?.hard ?? {});
  return (
    names.some(evaluator.measures) && scopesOf(quota).every((scope) => evaluator.isInScope(object, scope))
  );
}

/**
 * What a write adds to what a quota counts (apiserver/pkg/admission/plugin/resourcequota, CheckRequest).
 * @returns nothing where the quota is not concerned.
 * @throws QuotaError where it does not fit, does not say what the quota must know, or the quota is not ready to count.
 */
export function chargeOf(
  quota: ResourceQuota,
  evaluator: Evaluator,
  { object, oldObject, isStatus }: Usage,
  now: Date,
): Amounts | undefined {
  if (!isCounted(quota, evaluator, object)) return undefined;
  const { name } = quota.metadata;
  const hard = amountsOf(quota.status?.hard);
  const used = amountsOf(quota.status?.used);
  const names = [...hard.keys()].filter(evaluator.measures).sort();
  const missing = evaluator.missing?.(object, names);
  if (missing !== undefined) throw new QuotaError(`failed quota: ${name}: ${missing}`);
  if (!names.every((one) => used.has(one)))
    throw new QuotaError(`status unknown for quota: ${name}, resources: ${names.join(',')}`);
  const usage = evaluator.usage(object, now);
  const below = negatives(usage);
  if (below.length > 0) throw new QuotaError(`quota usage is negative for resource(s): ${below.join(',')}`);
  // What was in no scope of this quota before is charged whole.
  const before = oldObject !== undefined && isCounted(quota, evaluator, oldObject) ? oldObject : undefined;
  const added = before === undefined ? usage : subtract(usage, evaluator.usage(before, now));
  const charge = pick(withoutZeros(added), hard.keys());
  if (charge.size === 0) return undefined;
  if (!isStatus) refuseBeyond(name, charge, used, hard);
  return charge;
}

function refuseBeyond(name: string, charge: Amounts, used: Amounts, hard: Amounts): void {
  const exceeded = exceeding(pick(add(used, charge), charge.keys()), hard);
  if (exceeded.length === 0) return;
  const words = (amounts: Amounts) =>
    Object.entries(tableOf(pick(amounts, exceeded)))
      .map(([resource, amount]) => `${resource}=${amount}`)
      .join(',');
  throw new QuotaError(
    `exceeded quota: ${name}, requested: ${words(charge)}, used: ${words(used)}, limited: ${words(hard)}`,
  );
}
