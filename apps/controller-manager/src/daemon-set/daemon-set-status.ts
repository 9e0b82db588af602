import type { DaemonSetStatus } from '@hawser/api';
import { REVISION_LABEL } from '../history/revision-history.ts';
import { isAvailable, isReady } from '../pods/pod-state.ts';
import type { DaemonView } from './plan-nodes.ts';

/** What is to be said of the nodes and their pods (pkg/controller/daemon `updateDaemonSetStatus`). */
export function daemonSetStatus({ set, podsByNode, eligibility, hash, now }: DaemonView): DaemonSetStatus {
  const counts = {
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
    updatedNumberScheduled: 0,
    numberAvailable: 0,
  };
  for (const [node, { shouldRun }] of eligibility) {
    const pods = podsByNode.get(node) ?? [];
    if (!shouldRun) {
      if (pods.length > 0) counts.numberMisscheduled += 1;
      continue;
    }
    counts.desiredNumberScheduled += 1;
    if (pods.length === 0) continue;
    counts.currentNumberScheduled += 1;
    // The older one counts, as long as it is there.
    const [pod] = pods;
    if (isReady(pod!)) counts.numberReady += 1;
    if (isAvailable(pod!, set.spec.minReadySeconds ?? 0, now)) counts.numberAvailable += 1;
    if (pods.some(({ metadata }) => metadata.labels?.[REVISION_LABEL] === hash))
      counts.updatedNumberScheduled += 1;
  }
  const { updatedNumberScheduled, numberAvailable, ...always } = counts;
  const numberUnavailable = counts.desiredNumberScheduled - numberAvailable;
  const { collisionCount, conditions } = set.status ?? {};
  return {
    ...always,
    observedGeneration: set.metadata.generation,
    ...(updatedNumberScheduled > 0 ? { updatedNumberScheduled } : {}),
    ...(numberAvailable > 0 ? { numberAvailable } : {}),
    ...(numberUnavailable > 0 ? { numberUnavailable } : {}),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    ...(conditions === undefined ? {} : { conditions }),
  };
}
