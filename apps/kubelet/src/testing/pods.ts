import type { Container, ContainerStatus, Pod } from '@hawser/api';
import type { ContainerStatus as Run } from '../container-runtime/container-runtime.ts';
import type { PodView } from '../pods/pod-view.ts';

/** A pod of one container `main`, unless its spec says otherwise. */
export function makePod(spec: Partial<NonNullable<Pod['spec']>> = {}, status?: Pod['status']): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', uid: 'uid-1', generation: 1, resourceVersion: '1' },
    spec: { restartPolicy: 'Always', containers: [makeContainer('main')], ...spec },
    ...(status ? { status } : {}),
  };
}

export function makeContainer(name: string, rest: Partial<Container> = {}): Container {
  return { name, image: 'none', ...rest };
}

/** A run of a container as a runtime tells of it. */
export function makeRun(
  name: string,
  state: Run['state'],
  rest: Partial<Run> & { attempt?: number } = {},
): Run {
  const { attempt = 0, ...overrides } = rest;
  const ended = state === 'exited' ? { exitCode: 0, finishedAt: new Date('2026-01-01T00:00:10Z') } : {};
  return {
    id: `${name}-${attempt}`,
    podSandboxId: 'sandbox-0',
    metadata: { name, attempt },
    image: 'none',
    state,
    createdAt: new Date('2026-01-01T00:00:00Z'),
    startedAt: new Date('2026-01-01T00:00:00Z'),
    labels: {},
    annotations: {},
    reason: state === 'exited' ? (overrides.exitCode ? 'Error' : 'Completed') : '',
    message: '',
    logPath: '',
    ...ended,
    ...overrides,
  };
}

/** A view with a ready sandbox; runs newest first. */
export function makeView(runs: Run[] = [], state: 'ready' | 'notready' = 'ready'): PodView {
  const metadata = { name: 'web', uid: 'uid-1', namespace: 'default', attempt: 0 };
  const times = { createdAt: new Date('2026-01-01T00:00:00Z') };
  return {
    sandboxes: [{ id: 'sandbox-0', metadata, state, labels: {}, annotations: {}, ...times }],
    containers: runs,
  };
}

/** A container's status in the API, by its state. */
export function makeStatus(
  name: string,
  state: ContainerStatus['state'],
  rest: Partial<ContainerStatus> = {},
): ContainerStatus {
  return { name, state, ready: false, restartCount: 0, image: '', imageID: '', ...rest };
}
