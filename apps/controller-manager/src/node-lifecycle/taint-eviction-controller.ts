import { nodes, type Pod, pods } from '@hawser/api';
import { keyOf } from '@hawser/client';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound } from '../framework/expected-errors.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { markDisrupted } from '../pod-gc/mark-disrupted.ts';
import { evictionTimeMs } from './eviction-time.ts';

/** Deletes pods that do not, or no longer, tolerate a NoExecute taint of their node (`pkg/controller/tainteviction`). */
export function createTaintEvictionController(context: ControllerContext): Controller {
  const { informers, clock, recorder } = context;
  const name = 'taint-eviction-controller';
  const nodeCache = informers.get(nodes);
  const podCache = informers.get(pods);
  podCache.addIndex('node', (pod) => (pod.spec.nodeName ? [pod.spec.nodeName] : []));
  /** Pods whose time is running. */
  const scheduled = new Set<string>();

  const sync = async (key: string, signal: AbortSignal) => {
    const pod = podCache.get(key);
    const node = pod?.spec.nodeName ? nodeCache.get(pod.spec.nodeName) : undefined;
    const nowMs = clock.now().getTime();
    const isLeaving = pod?.metadata.deletionTimestamp !== undefined;
    const timeMs =
      pod && node && !isLeaving ? evictionTimeMs(pod, node.spec?.taints ?? [], nowMs) : undefined;
    if (!pod || timeMs === undefined) {
      if (scheduled.delete(key) && pod && !isLeaving)
        recorder.event(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`);
      return;
    }
    if (timeMs > nowMs) {
      scheduled.add(key);
      reconciler.queue.addAfter(key, timeMs - nowMs);
      return;
    }
    scheduled.delete(key);
    await evict(context, pod, signal);
  };
  const reconciler: Reconciler = new Reconciler(context, { name, sync })
    .follow(podCache)
    .follow(nodeCache, (node) => podCache.index('node', node.metadata.name).map(keyOf));
  return reconciler;
}

async function evict(context: ControllerContext, pod: Pod, signal: AbortSignal): Promise<void> {
  const { client, recorder, logger } = context;
  recorder.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${keyOf(pod)}`);
  const why = { reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint' };
  await markDisrupted(context, pod, why, signal);
  const { name, namespace, uid } = pod.metadata;
  await client.delete(pods, name, { namespace, uid, signal }).catch(ignoreNotFound);
  logger.info({ pod: keyOf(pod), node: pod.spec.nodeName }, 'pod evicted because of a taint');
}
