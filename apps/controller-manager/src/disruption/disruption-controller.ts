import { isDeepStrictEqual } from 'node:util';
import {
  matchesLabels,
  type Pod,
  type PodDisruptionBudget,
  type PodDisruptionBudgetStatus,
  podDisruptionBudgets,
  pods,
  SelectorError,
  selectorOf,
  withSyncFailedCondition,
} from '@hawser/api';
import { isConflict, keyOf } from '@hawser/client';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound } from '../framework/expected-errors.ts';
import { Reconciler, type Source } from '../framework/reconciler.ts';
import { budgetStatus, expectationOf, needsScale } from './budget-status.ts';
import { ScaleFinder } from './expected-scale.ts';
import { countHealthy, lookAtDisrupted } from './healthy-pods.ts';
import { createStaleDisruptionLoop } from './stale-disruption.ts';

const UNMANAGED =
  'As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';

/** Reckons how many pods of each budget may be disrupted (`pkg/controller/disruption`). */
export function createDisruptionController(context: ControllerContext): Controller {
  const { client, informers, recorder, clock } = context;
  const name = 'disruption-controller';
  const budgets = informers.get(podDisruptionBudgets);
  const podCache = informers.get(pods);
  podCache.addIndex('namespace', ({ metadata }) => [metadata.namespace ?? '']);
  const scales = new ScaleFinder(client, informers);

  const sync = async (key: string, signal: AbortSignal) => {
    const budget = budgets.get(key);
    if (budget === undefined) return;
    try {
      await reckon(budget, signal);
    } catch (error) {
      if (!isConflict(error) && !signal.aborted) await failSafe(context, budget, error, signal);
      throw error;
    }
  };

  const reckon = async (budget: PodDisruptionBudget, signal: AbortSignal) => {
    const { spec = {}, metadata } = budget;
    const members = podCache
      .index('namespace', metadata.namespace ?? '')
      .filter((pod) => selects(budget, pod));
    if (members.length === 0) recorder.event(budget, 'Normal', 'NoPods', 'No matching pods found');
    const count = needsScale(spec) ? await expectedCount(budget, members, signal) : members.length;
    const now = clock.now();
    const { pending, overdue, recheckAtMs } = lookAtDisrupted(budget, members, now);
    for (const pod of overdue)
      recorder.event(
        pod,
        'Warning',
        'NotDeleted',
        `Pod was expected by PDB ${keyOf(budget)} to be deleted but it wasn't`,
      );
    const healthy = countHealthy(members, pending);
    const status = budgetStatus(budget, expectationOf(spec, count), healthy, pending, now);
    await writeStatus(context, budget, status, signal);
    if (recheckAtMs !== undefined) reconciler.queue.addAfter(keyOf(budget), recheckAtMs - now.getTime() + 1);
  };

  const expectedCount = async (budget: PodDisruptionBudget, members: readonly Pod[], signal: AbortSignal) => {
    try {
      const { count, unmanaged } = await scales.expected(members, signal);
      if (unmanaged.length > 0)
        recorder.event(
          budget,
          'Warning',
          'UnmanagedPods',
          `Pods selected by this PodDisruptionBudget (selector: ${JSON.stringify(budget.spec?.selector)}) were found to be unmanaged. ${UNMANAGED}`,
        );
      return count;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const words = `Failed to calculate the number of expected pods: ${why}`;
      recorder.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', words);
      throw error;
    }
  };

  const budgetsOf = (pod: Pod) =>
    budgets
      .list(pod.metadata.namespace)
      .filter((budget) => selects(budget, pod))
      .map(keyOf);
  const reconciler: Reconciler = new Reconciler(context, { name, sync })
    .follow(budgets)
    .follow(withBefore(podCache), budgetsOf)
    .need({ synced: scales.synced.then(() => {}) });
  const stale = createStaleDisruptionLoop(context);
  return {
    name,
    run: async (signal) => {
      await Promise.all([reconciler.run(signal), stale.run(signal)]);
    },
  };
}

/** What a pod was before a change concerns those that counted it then. */
function withBefore<T>(source: Source<T>): Source<T> {
  return {
    synced: source.synced,
    subscribe: (handler) =>
      source.subscribe({
        added: handler.added,
        updated: (before, after) => {
          handler.updated(before, before);
          handler.updated(before, after);
        },
        deleted: handler.deleted,
      }),
  };
}

function selects({ spec, metadata }: PodDisruptionBudget, pod: Pod): boolean {
  if (spec?.selector === undefined || pod.metadata.namespace !== metadata.namespace) return false;
  try {
    return matchesLabels(selectorOf(spec.selector), pod.metadata.labels);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    return false;
  }
}

/** What cannot be reckoned allows nothing. */
async function failSafe(
  context: ControllerContext,
  budget: PodDisruptionBudget,
  error: unknown,
  signal: AbortSignal,
): Promise<void> {
  const before = { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, ...budget.status };
  const closed: PodDisruptionBudgetStatus = {
    ...before,
    disruptionsAllowed: 0,
    observedGeneration: budget.metadata.generation ?? 0,
  };
  const why = error instanceof Error ? error.message : String(error);
  const conditions = withSyncFailedCondition(closed, why, context.clock.now());
  await writeStatus(context, budget, { ...closed, conditions }, signal);
}

async function writeStatus(
  { client }: ControllerContext,
  budget: PodDisruptionBudget,
  status: PodDisruptionBudgetStatus,
  signal: AbortSignal,
): Promise<void> {
  if (isDeepStrictEqual(status, budget.status)) return;
  const changed = { ...budget, status };
  await client.update(podDisruptionBudgets, changed, { subresource: 'status', signal }).catch(ignoreNotFound);
}
