import type { Pod, PodStatus } from '@hawser/api';
import { isTrue } from '@hawser/http';
import type { ContainerRuntime, ContainerStatus as Run } from '../container-runtime/container-runtime.ts';
import type { LogOptions } from '../logs/log-reader.ts';
import { findContainer } from '../pods/pod-spec-queries.ts';

/** A log that cannot be given, in words for the client. */
export class LogRequestError extends Error {
  override readonly name = 'LogRequestError';

  constructor(
    readonly code: 400 | 404,
    message: string,
  ) {
    super(message);
  }
}

/** Reads the query of /containerLogs; the names are those of `PodLogOptions`. @throws LogRequestError */
export function parseLogOptions(query: URLSearchParams, now: Date): LogOptions & { previous: boolean } {
  const sinceSeconds = wholeNumber(query, 'sinceSeconds', 1);
  const sinceTime = query.get('sinceTime');
  const since =
    sinceSeconds !== undefined
      ? new Date(now.getTime() - sinceSeconds * 1000)
      : sinceTime
        ? new Date(sinceTime)
        : undefined;
  if (sinceSeconds !== undefined && sinceTime)
    throw new LogRequestError(400, 'at most one of `sinceTime` or `sinceSeconds` may be specified');
  if (since !== undefined && Number.isNaN(since.getTime()))
    throw new LogRequestError(400, `sinceTime is no time: ${sinceTime}`);
  const stream = query.get('stream') || 'All';
  if (stream !== 'All' && stream !== 'Stdout' && stream !== 'Stderr')
    throw new LogRequestError(400, `stream is not one of All, Stdout, Stderr: ${stream}`);
  return {
    follow: isTrue(query.get('follow')),
    previous: isTrue(query.get('previous')),
    timestamps: isTrue(query.get('timestamps')),
    tailLines: wholeNumber(query, 'tailLines', 0),
    limitBytes: wholeNumber(query, 'limitBytes', 1),
    since,
    stream,
  };
}

function wholeNumber(query: URLSearchParams, name: string, least: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (!/^-?\d{1,15}$/.test(text) || value < least)
    throw new LogRequestError(400, `${name} must be a number, at least ${least}: ${JSON.stringify(text)}`);
  return value;
}

/**
 * Which run of a container a log is asked of: the latest, or the one before, in the sense of the container's
 * status (upstream's `validateContainerLogStatus`).
 * @throws LogRequestError when there is none, and why.
 */
export async function findLoggedRun(
  runtime: ContainerRuntime,
  pod: Pod,
  status: PodStatus | undefined,
  containerName: string,
  previous: boolean,
): Promise<Run> {
  const { name } = pod.metadata;
  if (findContainer(pod, containerName) === undefined)
    throw new LogRequestError(404, `container "${containerName}" not found in pod "${name}"`);
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const { state, lastState, containerID } = all.find((candidate) => candidate.name === containerName) ?? {};
  const ended = lastState?.terminated?.containerID;
  const wanted = previous ? ended : state?.waiting ? ended : containerID;
  const run = wanted === undefined ? undefined : await lookUp(runtime, wanted);
  if (run !== undefined) return run;
  if (previous)
    throw new LogRequestError(
      400,
      `previous terminated container "${containerName}" in pod "${name}" not found`,
    );
  const reason = state?.waiting?.reason ?? 'ContainerCreating';
  throw new LogRequestError(
    400,
    `container "${containerName}" in pod "${name}" is waiting to start: ${reason}`,
  );
}

async function lookUp(runtime: ContainerRuntime, containerId: string): Promise<Run | undefined> {
  const id = containerId.slice(containerId.indexOf('://') + 3);
  const [found] = await runtime.listContainers({ id });
  return found && (await runtime.containerStatus(id));
}
