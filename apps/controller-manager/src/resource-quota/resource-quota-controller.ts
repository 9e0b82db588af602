import { type ResourceQuota, type ResourceQuotaStatus, resourceQuotas } from '@hawser/api';
import { isConflict, isNotFound, keyOf } from '@hawser/client';
import { type Amounts, add, amountsOf, type Evaluator, isSame, measureUsage, tableOf } from '@hawser/quota';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { periodic } from '../framework/periodic.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { type Monitored, UsageMonitors } from './usage-monitors.ts';

/** When to count anew what was charged meanwhile. */
const RECOUNT_MS = 100;

/**
 * Counts what is used of each quota: when its limits change, when something that it limits is freed, and from time to
 * time (`pkg/controller/resourcequota`). What is used anew is charged by the API server; it takes no count that was
 * made before such a charge.
 *
 * @param syncPeriodMs --resource-quota-sync-period.
 */
export function createResourceQuotaController(context: ControllerContext, syncPeriodMs: number): Controller {
  const { client, informers, clock, logger } = context;
  const name = 'resourcequota-controller';
  const quotas = informers.get(resourceQuotas);
  const limiting = (namespace: string, evaluator: Evaluator) =>
    quotas
      .list(namespace)
      .filter(({ spec }) => Object.keys(spec?.hard ?? {}).some(evaluator.measures))
      .map(keyOf);
  const monitors = new UsageMonitors({
    client,
    clock,
    logger,
    onFreed: (namespace, evaluator) => {
      for (const key of limiting(namespace, evaluator)) reconciler.queue.add(key);
    },
  });
  const sync = async (key: string, signal: AbortSignal) => {
    const quota = quotas.get(key);
    if (quota === undefined) return;
    const monitored = await monitors.measuring(Object.keys(quota.spec?.hard ?? {}), signal);
    const status = countedStatus(quota, monitored, clock.now());
    if (isCurrent(quota, status)) return;
    await client
      .update(resourceQuotas, { ...quota, status }, { subresource: 'status', signal })
      .catch((error) => {
        if (isNotFound(error)) return;
        if (!isConflict(error)) throw error;
        // The count is of before a charge. Under many writes that is often so: waiting ever longer would help nobody.
        reconciler.queue.addAfter(key, RECOUNT_MS);
      });
  };
  const reconciler: Reconciler = new Reconciler(context, { name, sync }).follow(quotas, (quota) =>
    isToBeCounted(quota) ? [keyOf(quota)] : [],
  );
  const round = async () => {
    for (const quota of quotas.list()) reconciler.queue.add(keyOf(quota));
  };
  const rounds = periodic({ name, intervalMs: syncPeriodMs, clock, logger, round });
  return {
    name,
    run: async (signal) => {
      await Promise.all([reconciler.run(signal), rounds.run(signal)]);
      await monitors.ended();
    },
  };
}

/** Its limits are not those that are enforced, or something of them was never counted. */
function isToBeCounted({ spec, status }: ResourceQuota): boolean {
  const hard = amountsOf(spec?.hard);
  if (status?.hard === undefined || !isSame(hard, amountsOf(status.hard))) return true;
  return status.used === undefined && hard.size > 0;
}

/** The limits, and what is used of them as far as anybody can tell. */
export function countedStatus(
  quota: ResourceQuota,
  monitored: readonly Monitored[],
  now: Date,
): ResourceQuotaStatus {
  const { namespace = '' } = quota.metadata;
  let used: Amounts = new Map();
  for (const { evaluator, objectsIn } of monitored)
    used = add(used, measureUsage(quota, evaluator, objectsIn(namespace), now));
  return { hard: quota.spec?.hard ?? {}, used: tableOf(used) };
}

function isCurrent({ status }: ResourceQuota, { hard, used }: ResourceQuotaStatus): boolean {
  if (status?.hard === undefined || status.used === undefined) return false;
  return isSame(amountsOf(status.hard), amountsOf(hard)) && isSame(amountsOf(status.used), amountsOf(used));
}
