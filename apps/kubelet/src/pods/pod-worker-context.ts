import { join } from 'node:path';
import type { Pod } from '@hawser/api';
import type { EventRecorder } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import type { ContainerRuntime } from '../container-runtime/container-runtime.ts';
import type { ContainerStarter } from '../containers/container-starter.ts';
import { labelPart, subdomainPart, uidPart } from '../path-names.ts';
import type { ProbeManager } from '../probes/probe-manager.ts';
import type { VolumeManager } from '../volumes/volume-manager.ts';
import type { StatusManager } from './status-manager.ts';

/** Why a node does not take a pod; shown as the pod's reason and message. */
export interface Rejection {
  reason: string;
  message: string;
}

/** What all pod workers of a kubelet share. */
export interface PodWorkerContext {
  readonly runtime: ContainerRuntime;
  readonly starter: ContainerStarter;
  readonly volumes: VolumeManager;
  readonly probes: ProbeManager;
  readonly statuses: StatusManager;
  readonly recorder: Pick<EventRecorder, 'event'>;
  readonly nodeIp: string;
  readonly logsDirectory: string;
  readonly admit: (pod: Pod) => Rejection | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Where a pod's logs lie, as upstream lays out /var/log/pods. @throws UnsafeNameError */
export function podLogsDirectory(logsDirectory: string, { metadata }: Pod): string {
  const namespace = labelPart('namespace', metadata.namespace);
  return join(logsDirectory, `${namespace}_${subdomainPart('name', metadata.name)}_${uidPart(metadata.uid)}`);
}
