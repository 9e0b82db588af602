import { describe, expect, test } from 'bun:test';
import type { Pod } from '../pod.ts';
import type { ContainerStatus } from './container-status.ts';
import { podColumns } from './pod-columns.ts';
import { summarizePod } from './summarize-pod.ts';

const NOW = new Date('2024-05-01T12:00:00Z');

interface Given {
  phase?: string;
  reason?: string;
  conditions?: { type: string; status: string; reason?: string }[];
  init?: Partial<ContainerStatus>[];
  sidecars?: number[];
  containers?: Partial<ContainerStatus>[];
  deleted?: true;
}

const named = (prefix: string, statuses: Partial<ContainerStatus>[] = []): ContainerStatus[] =>
  statuses.map((status, i) => ({
    name: `${prefix}${i}`,
    ready: false,
    restartCount: 0,
    image: '',
    imageID: '',
    ...status,
  }));

function podOf({ phase = 'Running', init = [], containers = [{}], sidecars = [], ...given }: Given): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', ...(given.deleted && { deletionTimestamp: '2024-05-01T11:59:00Z' }) },
    spec: {
      initContainers: init.map((_, i) => ({
        name: `i${i}`,
        ...(sidecars.includes(i) && { restartPolicy: 'Always' }),
      })),
      containers: containers.map((_, i) => ({ name: `c${i}` })),
    },
    status: {
      phase,
      reason: given.reason,
      conditions: given.conditions,
      initContainerStatuses: named('i', init),
      containerStatuses: named('c', containers),
    },
  };
}

const running = { ready: true, state: { running: {} } };
const done = { state: { terminated: { exitCode: 0, reason: 'Completed' } } };
const failed = { state: { terminated: { exitCode: 3 } } };
const waiting = (reason: string) => ({ state: { waiting: { reason } } });
const restarted = (restartCount: number, finishedAt: string) => ({
  ...running,
  restartCount,
  lastState: { terminated: { exitCode: 1, finishedAt } },
});

describe('summarizePod', () => {
  const cases: { name: string; given: Given; status: string; ready?: string }[] = [
    { name: 'shows the phase while nothing is known', given: { phase: 'Pending' }, status: 'Pending' },
    {
      name: 'prefers the reason to the phase',
      given: { phase: 'Failed', reason: 'Evicted' },
      status: 'Evicted',
    },
    {
      name: 'says that scheduling is gated',
      given: {
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
      },
      status: 'SchedulingGated',
    },
    {
      name: 'counts ready containers',
      given: { containers: [running, {}] },
      status: 'Running',
      ready: '1/2',
    },
    {
      name: 'names what a container waits for',
      given: { containers: [waiting('CrashLoopBackOff')] },
      status: 'CrashLoopBackOff',
    },
    {
      name: 'lets the first container speak',
      given: { containers: [waiting('ErrImagePull'), waiting('CrashLoopBackOff')] },
      status: 'ErrImagePull',
    },
    { name: 'tells an exit code without a reason', given: { containers: [failed] }, status: 'ExitCode:3' },
    {
      name: 'tells a signal without a reason',
      given: { containers: [{ state: { terminated: { exitCode: 137, signal: 9 } } }] },
      status: 'Signal:9',
    },
    {
      name: 'is Completed once all is done',
      given: { phase: 'Succeeded', containers: [done] },
      status: 'Completed',
    },
    {
      name: 'is NotReady when one is done and another runs in a pod that is not ready',
      given: { containers: [done, running] },
      status: 'NotReady',
      ready: '1/2',
    },
    {
      name: 'is Running when one is done and another runs in a ready pod',
      given: { containers: [done, running], conditions: [{ type: 'Ready', status: 'True' }] },
      status: 'Running',
      ready: '1/2',
    },
    {
      name: 'counts init containers that are done',
      given: { phase: 'Pending', init: [done, {}, {}], containers: [waiting('PodInitializing')] },
      status: 'Init:1/3',
    },
    {
      name: 'counts an init container that runs as not done',
      given: { phase: 'Pending', init: [{ state: { running: {} } }] },
      status: 'Init:0/1',
    },
    {
      name: 'tells how an init container failed',
      given: { phase: 'Pending', init: [failed] },
      status: 'Init:ExitCode:3',
    },
    {
      name: 'names what an init container waits for',
      given: { phase: 'Pending', init: [waiting('CrashLoopBackOff')] },
      status: 'Init:CrashLoopBackOff',
    },
    {
      name: 'passes over a sidecar that is started and counts it',
      given: { init: [{ ...running, started: true }, done], sidecars: [0], containers: [running] },
      status: 'Running',
      ready: '2/2',
    },
    {
      name: 'looks at containers when the pod is initialized, whatever a sidecar does',
      given: {
        init: [waiting('CrashLoopBackOff')],
        sidecars: [0],
        containers: [waiting('ErrImagePull')],
        conditions: [{ type: 'Initialized', status: 'True' }],
      },
      status: 'ErrImagePull',
      ready: '0/2',
    },
    {
      name: 'is Terminating once deleted',
      given: { deleted: true, containers: [running] },
      status: 'Terminating',
      ready: '1/1',
    },
    {
      name: 'keeps its word when it ended before its deletion',
      given: { deleted: true, phase: 'Succeeded', containers: [done] },
      status: 'Completed',
    },
    {
      name: 'is Unknown when deleted on a node that is lost',
      given: { deleted: true, reason: 'NodeLost', containers: [running] },
      status: 'Unknown',
      ready: '1/1',
    },
  ];
  for (const { name, given, status, ready } of cases)
    test(name, () => {
      const summary = summarizePod(podOf(given));
      expect(summary.status).toBe(status);
      if (ready !== undefined) expect(`${summary.ready}/${summary.total}`).toBe(ready);
    });
});

describe('pod columns', () => {
  const cell = (name: string, pod: Pod) => podColumns.find((column) => column.name === name)?.value(pod, NOW);

  test('say when a container was last started again', () => {
    const pod = podOf({
      containers: [restarted(2, '2024-05-01T11:55:00Z'), restarted(1, '2024-05-01T11:50:00Z')],
    });
    expect(cell('Restarts', pod)).toBe('3 (5m ago)');
  });

  test('count restarts of sidecars, not of init containers that are done', () => {
    const init = [
      { ...restarted(4, '2024-05-01T11:59:00Z'), ...done },
      { ...restarted(1, '2024-05-01T11:00:00Z'), started: true },
    ];
    expect(cell('Restarts', podOf({ init, sidecars: [1], containers: [running] }))).toBe('1 (60m ago)');
  });

  test('count open readiness gates', () => {
    const pod = podOf({
      conditions: [
        { type: 'a', status: 'True' },
        { type: 'b', status: 'False' },
      ],
    });
    pod.spec.readinessGates = [{ conditionType: 'a' }, { conditionType: 'b' }, { conditionType: 'c' }];
    expect(cell('Readiness Gates', pod)).toBe('1/3');
    expect(cell('Readiness Gates', podOf({}))).toBe('<none>');
  });
});
