import { isDeepStrictEqual } from 'node:util';
import { clusterRoles } from '@hawser/api';
import { aggregateRules } from '@hawser/authz';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound } from '../framework/expected-errors.ts';
import { Reconciler } from '../framework/reconciler.ts';

/**
 * Writes into a ClusterRole with an aggregation rule the rules of those that it selects, for whoever reads them. What
 * may be done does not wait for it: the hub aggregates by itself (`pkg/controller/clusterroleaggregation`).
 */
export function createClusterRoleAggregationController(context: ControllerContext): Controller {
  const { client, informers } = context;
  const cache = informers.get(clusterRoles);
  const sync = async (name: string, signal: AbortSignal) => {
    const role = cache.get(name);
    if (role?.aggregationRule === undefined) return;
    const rules = [...aggregateRules(role, cache.list())];
    if (isDeepStrictEqual(rules, role.rules ?? [])) return;
    await client.update(clusterRoles, { ...role, rules }, { signal }).catch(ignoreNotFound);
  };
  // Whichever role changes, it may be selected by any that aggregates.
  const aggregating = () =>
    cache.list().flatMap(({ aggregationRule, metadata }) => (aggregationRule ? [metadata.name] : []));
  return new Reconciler(context, { name: 'clusterrole-aggregation-controller', sync }).follow(
    cache,
    aggregating,
  );
}
