import type { ClusterRole, Role } from '@hawser/api';
import { completedMetadata, isProtected, type Reconciled } from './reconcile-metadata.ts';
import { uncoveredRules } from './rule-covers.ts';

/**
 * Brings a Role or ClusterRole up to what is desired of it: rules, selectors, labels and annotations that it
 * lacks are added, what somebody added beyond stays (component-helpers/auth/rbac/reconciliation).
 * @param existing undefined when there is none yet.
 */
export function reconcileRole<T extends Role | ClusterRole>(
  existing: T | undefined,
  desired: T,
): Reconciled<T> {
  if (existing === undefined) return { operation: 'create', object: desired };
  if (isProtected(existing)) return { operation: 'none' };
  const metadata = completedMetadata(existing.metadata, desired.metadata);
  const lacking = (desired.rules ?? []).filter(
    (rule) => uncoveredRules(existing.rules ?? [], [rule]).length > 0,
  );
  const aggregation = lackingAggregation(existing, desired);
  if (metadata === existing.metadata && lacking.length === 0 && aggregation === undefined)
    return { operation: 'none' };
  const rules = [...(existing.rules ?? []), ...lacking];
  return { operation: 'update', object: { ...existing, metadata, rules, ...aggregation } };
}

/** The aggregation rule with the selectors that the existing role lacks, or undefined when it lacks none. */
function lackingAggregation(existing: Role | ClusterRole, desired: Role | ClusterRole) {
  const have = selectorsOf(existing);
  const known = new Set(have.map((selector) => JSON.stringify(selector)));
  const lacking = selectorsOf(desired).filter((selector) => !known.has(JSON.stringify(selector)));
  return lacking.length === 0
    ? undefined
    : { aggregationRule: { clusterRoleSelectors: [...have, ...lacking] } };
}

function selectorsOf(role: Role | ClusterRole) {
  return ('aggregationRule' in role ? role.aggregationRule?.clusterRoleSelectors : undefined) ?? [];
}
