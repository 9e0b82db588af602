import type { Pod, StatefulSet, StatefulSetStatus } from '@hawser/api';
import { isAvailable, isReady } from '../pods/pod-state.ts';
import { revisionOfPod } from './stateful-pod.ts';

/** What is to be said of the pods; when all are of the new revision and ready, it becomes the current one. */
export function statefulSetStatus(
  set: StatefulSet,
  pods: readonly Pod[],
  revisions: { current: string; update: string },
  now: Date,
): StatefulSetStatus {
  const isRunning = ({ status }: Pod) => status?.phase === 'Running';
  const ready = pods.filter((pod) => isRunning(pod) && isReady(pod));
  const staying = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const of = (revision: string) => staying.filter((pod) => revisionOfPod(pod) === revision).length;
  const wanted = set.spec.replicas ?? 1;
  const isDone =
    set.spec.updateStrategy?.type === 'RollingUpdate' &&
    of(revisions.update) === wanted &&
    pods.length === wanted &&
    ready.length === wanted;
  const currentRevision = isDone ? revisions.update : revisions.current;
  const { collisionCount, conditions } = set.status ?? {};
  const counts = {
    readyReplicas: ready.length,
    currentReplicas: of(currentRevision),
    updatedReplicas: of(revisions.update),
  };
  return {
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    availableReplicas: ready.filter((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now)).length,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    currentRevision,
    updateRevision: revisions.update,
    collisionCount: collisionCount ?? 0,
    ...(conditions === undefined ? {} : { conditions }),
  };
}
