import type { Container, Pod } from '@hawser/api';
import { type EventRecorder, subjectOf } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import type { ContainerRuntime, ContainerStatus } from '../container-runtime/container-runtime.ts';
import { runHook } from './lifecycle-hook.ts';

export interface StopContext {
  readonly runtime: ContainerRuntime;
  readonly recorder: Pick<EventRecorder, 'event'>;
  readonly podIp: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A container is given this long after its preStop hook, however long that took (as upstream). */
const MIN_GRACE_SECONDS = 2;

/**
 * Ends a container: its preStop hook, then its stop signal, then SIGKILL; the first two within the grace
 * period. Resolves when it has ended. Without its spec, for a pod that nobody knows any more, there is no hook.
 */
export async function stopContainer(
  context: StopContext,
  pod: Pod,
  container: Container | undefined,
  run: ContainerStatus,
  graceSeconds: number,
  message: string,
): Promise<void> {
  const { runtime, recorder, clock } = context;
  const subject = subjectOf(pod, `spec.containers{${run.metadata.name}}`);
  recorder.event(subject, 'Normal', 'Killing', message);
  const begunAtMs = clock.now().getTime();
  const handler = container?.lifecycle?.preStop;
  if (handler && graceSeconds > 0) {
    const target = { runtime, containerId: run.id, container, podIp: context.podIp };
    await runHook(handler, target, graceSeconds * 1000).catch((error: Error) => {
      context.logger.warn({ error, container: run.metadata.name }, 'preStop hook failed');
      recorder.event(subject, 'Warning', 'FailedPreStopHook', `PreStopHook failed: ${error.message}`);
    });
  }
  const usedSeconds = (clock.now().getTime() - begunAtMs) / 1000;
  const left = handler ? Math.max(MIN_GRACE_SECONDS, graceSeconds - usedSeconds) : graceSeconds;
  await runtime.stopContainer(run.id, graceSeconds === 0 ? 0 : left);
}
