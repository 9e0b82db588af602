import { formatTime, type Pod, pods } from '@hawser/api';
import { keyOf } from '@hawser/client';
import type { ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound } from '../framework/expected-errors.ts';
import { Reconciler } from '../framework/reconciler.ts';

const DISRUPTION_TARGET = 'DisruptionTarget';
/** How long a pod that is to go may stay before that is taken back, as upstream. */
const STALE_MS = 2 * 60_000;

/** When the mark of a pod that is to go, and does not, is to be taken back; undefined where there is none. */
export function staleAtMs({ metadata, status }: Pod): number | undefined {
  const hasEnded = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  if (metadata.deletionTimestamp !== undefined || hasEnded) return undefined;
  const mark = status?.conditions?.find(({ type }) => type === DISRUPTION_TARGET);
  if (mark?.status !== 'True') return undefined;
  return Date.parse(mark.lastTransitionTime ?? '1970-01-01T00:00:00Z') + STALE_MS;
}

/** Takes back marks of disruption that came to nothing. */
export function createStaleDisruptionLoop(context: ControllerContext): Reconciler {
  const { client, informers, clock } = context;
  const podCache = informers.get(pods);
  const sync = async (key: string, signal: AbortSignal) => {
    const pod = podCache.get(key);
    const atMs = pod && staleAtMs(pod);
    if (pod === undefined || atMs === undefined) return;
    const now = clock.now();
    if (now.getTime() < atMs) return reconciler.queue.addAfter(key, atMs - now.getTime());
    const { name, namespace, uid } = pod.metadata;
    const condition = { type: DISRUPTION_TARGET, status: 'False', lastTransitionTime: formatTime(now) };
    const patch = { metadata: { uid }, status: { conditions: [condition] } };
    const options = { namespace, subresource: 'status', type: 'strategic', signal } as const;
    await client.patch(pods, name, patch, options).catch(ignoreNotFound);
  };
  const reconciler: Reconciler = new Reconciler(context, {
    name: 'stale-pod-disruption',
    sync,
  }).follow(podCache, (pod) => (staleAtMs(pod) === undefined ? [] : [keyOf(pod)]));
  return reconciler;
}
