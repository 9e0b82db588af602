import { cpus } from 'node:os';
import type { Pod } from '@hawser/api';
import { readNodeResources } from '../node/node-resources.ts';

/** `stats/v1alpha1` Summary: the node's use of its resources, and the pods on it. */
export function statsSummary(
  nodeName: string,
  rootDirectory: string,
  startedAt: Date,
  pods: readonly Pod[],
  now: Date,
): object {
  const resources = readNodeResources(rootDirectory);
  const time = now.toISOString();
  const usedBytes = resources.memoryBytes - resources.memoryAvailableBytes;
  return {
    node: {
      nodeName,
      startTime: startedAt.toISOString(),
      cpu: { time, usageCoreNanoSeconds: coreNanoSeconds() },
      memory: {
        time,
        availableBytes: resources.memoryAvailableBytes,
        usageBytes: usedBytes,
        workingSetBytes: usedBytes,
      },
      fs: {
        time,
        availableBytes: resources.diskAvailableBytes,
        capacityBytes: resources.diskBytes,
        usedBytes: resources.diskBytes - resources.diskAvailableBytes,
      },
    },
    pods: pods.map(({ metadata: { name, namespace, uid }, status }) => ({
      podRef: { name, namespace, uid },
      startTime: status?.startTime,
      containers: (status?.containerStatuses ?? []).map((container) => ({
        name: container.name,
        startTime: container.state?.running?.startedAt,
      })),
    })),
  };
}

/** Processor time that the machine has spent on anything, since its start. */
function coreNanoSeconds(): number {
  const busyMs = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return busyMs * 1e6;
}
