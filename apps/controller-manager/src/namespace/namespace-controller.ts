import { type Namespace, namespaces } from '@hawser/api';
import { Backoff } from '@hawser/runtime';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound } from '../framework/expected-errors.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { emptyNamespace } from './empty-namespace.ts';
import { type ContentReport, namespaceConditions } from './namespace-conditions.ts';

const FINALIZER = 'kubernetes';
/** When to look again at what is left: grace periods and finalizers end without a word to this loop. */
const RECHECK = { initialMs: 200, maxMs: 5_000, jitter: 0 };

/** Empties namespaces that were deleted, then lets them go (`pkg/controller/namespace`). */
export function createNamespaceController(context: ControllerContext): Controller {
  const { client, informers } = context;
  const name = 'namespace-controller';
  const namespaceCache = informers.get(namespaces);
  const rechecks = new Map<string, Backoff>();
  const sync = async (key: string, signal: AbortSignal) => {
    const cached = namespaceCache.get(key);
    if (!cached || !isTerminating(cached)) return void rechecks.delete(key);
    // The cache may lag: one of the same name that was made anew must not lose its content.
    const live = await client.get(namespaces, key, { signal }).catch(ignoreNotFound);
    if (!live || live.metadata.uid !== cached.metadata.uid || !isTerminating(live)) return;
    const report = await emptyNamespace(client, key, signal);
    const namespace = await client.get(namespaces, key, { signal }).catch(ignoreNotFound);
    if (!namespace || namespace.metadata.uid !== live.metadata.uid) return;
    const updated = await writeConditions(context, namespace, report, signal);
    if (isEmpty(report)) await finalize(context, updated, signal);
    else reconciler.queue.addAfter(key, recheckMs(key));
  };
  const recheckMs = (key: string): number => {
    const backoff = rechecks.get(key) ?? new Backoff(RECHECK);
    rechecks.set(key, backoff);
    return backoff.next();
  };
  const reconciler: Reconciler = new Reconciler(context, { name, sync }).follow(namespaceCache);
  return reconciler;
}

function isTerminating({ metadata, spec }: Namespace): boolean {
  return metadata.deletionTimestamp !== undefined && (spec?.finalizers ?? []).includes(FINALIZER);
}

function isEmpty({ discoveryFailure, failures, remaining }: ContentReport): boolean {
  return discoveryFailure === undefined && failures.length === 0 && remaining.size === 0;
}

async function writeConditions(
  { client, clock }: ControllerContext,
  namespace: Namespace,
  report: ContentReport,
  signal: AbortSignal,
): Promise<Namespace> {
  const previous = namespace.status?.conditions ?? [];
  const conditions = namespaceConditions(report, previous, clock.now());
  const isSaid = JSON.stringify(conditions) === JSON.stringify(previous);
  if (isSaid && namespace.status?.phase === 'Terminating') return namespace;
  const status = { ...namespace.status, phase: 'Terminating', conditions } as const;
  return await client.update(namespaces, { ...namespace, status }, { subresource: 'status', signal });
}

/** With the last of its finalizers the namespace goes, too: the server sees to that. */
async function finalize(
  { client, logger }: ControllerContext,
  namespace: Namespace,
  signal: AbortSignal,
): Promise<void> {
  const finalizers = (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
  const released = { ...namespace, spec: { ...namespace.spec, finalizers } };
  await client.update(namespaces, released, { subresource: 'finalize', signal }).catch(ignoreNotFound);
  logger.info({ namespace: namespace.metadata.name }, 'namespace emptied and released');
}
