import { nodes, type Pod, pods } from '@hawser/api';
import { isNotFound, keyOf } from '@hawser/client';
import { aborted } from '@hawser/runtime';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound, logRetry } from '../framework/expected-errors.ts';
import { periodic } from '../framework/periodic.ts';
import { hasEnded, orphanedPods, surplusPods, unscheduledTerminating } from './collectable-pods.ts';
import { markDisrupted } from './mark-disrupted.ts';

/** Numbers of `pkg/controller/podgc`. */
const ROUND_MS = 20_000;
const QUARANTINE_MS = 40_000;

/** Deletes pods that nobody else will: too many that have ended, those of vanished nodes, those never scheduled. */
export function createPodGcController(context: ControllerContext, terminatedThreshold: number): Controller {
  const { informers, clock, logger } = context;
  const name = 'pod-garbage-collector-controller';
  const podCache = informers.get(pods);
  const nodeCache = informers.get(nodes);
  /** Since when each missing node is missing. */
  const missingSinceMs = new Map<string, number>();

  const round = async (signal: AbortSignal) => {
    const all = podCache.list();
    for (const pod of surplusPods(all, terminatedThreshold)) await collect(pod, undefined, signal);
    for (const pod of unscheduledTerminating(all)) await collect(pod, UNSCHEDULED, signal);
    const orphans = orphanedPods(all, new Set(nodeCache.list().map(({ metadata }) => metadata.name)));
    for (const [node, members] of Map.groupBy(orphans, ({ spec }) => spec.nodeName ?? ''))
      if (await isGone(node, signal)) for (const pod of members) await collect(pod, ORPHANED, signal);
    const missing = new Set(orphans.map(({ spec }) => spec.nodeName));
    for (const node of missingSinceMs.keys()) if (!missing.has(node)) missingSinceMs.delete(node);
  };
  /** One that cannot be deleted must not keep the others from it. */
  const collect = (pod: Pod, why: typeof ORPHANED | undefined, signal: AbortSignal) =>
    remove(context, pod, why, signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
      logRetry(logger, error, { controller: name, pod: keyOf(pod) }, 'pod not collected, will be retried');
    });
  /** A node is gone when it has been missing for a while and the server says so too. */
  const isGone = async (node: string, signal: AbortSignal): Promise<boolean> => {
    const nowMs = clock.now().getTime();
    const sinceMs = missingSinceMs.get(node) ?? nowMs;
    missingSinceMs.set(node, sinceMs);
    if (nowMs - sinceMs < QUARANTINE_MS) return false;
    return await context.client.get(nodes, node, { signal }).then(() => false, isNotFound);
  };
  const rounds = periodic({ name, intervalMs: ROUND_MS, clock, logger, round });
  return {
    name,
    run: async (signal) => {
      await Promise.race([Promise.all([podCache.synced, nodeCache.synced]), aborted(signal)]);
      await rounds.run(signal);
    },
  };
}

const ORPHANED = { reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' };
const UNSCHEDULED = { reason: 'DeletionByPodGC', message: 'PodGC: deleted before it was scheduled' };

async function remove(
  context: ControllerContext,
  pod: Pod,
  why: { reason: string; message: string } | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (why && !hasEnded(pod)) await markDisrupted(context, pod, { ...why, phase: 'Failed' }, signal);
  const { name, namespace, uid } = pod.metadata;
  const options = { namespace, uid, gracePeriodSeconds: 0, signal };
  await context.client.delete(pods, name, options).catch(ignoreNotFound);
  context.logger.info({ pod: keyOf(pod), why: why?.message }, 'pod collected');
}
