import { describe, expect, test } from 'bun:test';
import { makeContainer, makePod, makeRun, makeView } from '../testing/pods.ts';
import { type PodStatusFacts, podStatus } from './pod-status.ts';
import { EMPTY_VIEW } from './pod-view.ts';

const NOW = new Date('2026-01-01T00:01:00.500Z');

function status(facts: Partial<PodStatusFacts> = {}) {
  return podStatus({
    pod: makePod(),
    view: EMPTY_VIEW,
    waiting: new Map(),
    isReady: () => true,
    isStarted: () => true,
    terminationMessage: () => '',
    runtimeName: 'process',
    nodeIp: '127.0.1.1',
    isOver: false,
    now: NOW,
    ...facts,
  });
}

function conditions(facts: Partial<PodStatusFacts>): Record<string, string> {
  return Object.fromEntries((status(facts).conditions ?? []).map(({ type, status }) => [type, status]));
}

describe('the status of a pod', () => {
  test('begins with a start time and containers that are being created', () => {
    const { phase, startTime, containerStatuses, podIP } = status();
    expect({ phase, startTime, podIP }).toEqual({
      phase: 'Pending',
      startTime: '2026-01-01T00:01:00Z',
      podIP: undefined,
    });
    expect(containerStatuses).toMatchObject([
      { state: { waiting: { reason: 'ContainerCreating' } }, restartCount: 0 },
    ]);
  });

  test('that runs has the node’s address, and is ready', () => {
    const view = makeView([makeRun('main', 'running')]);
    expect(status({ view })).toMatchObject({ phase: 'Running', podIP: '127.0.1.1', hostIP: '127.0.1.1' });
    expect(conditions({ view })).toEqual({
      PodReadyToStartContainers: 'True',
      Initialized: 'True',
      Ready: 'True',
      ContainersReady: 'True',
      PodScheduled: 'True',
      'hawser.dev/PodNetwork': 'False',
    });
  });

  test('that has an address of its own shows it, and keeps it at its end', () => {
    const view = makeView([makeRun('main', 'running')]);
    const own = { ...view, sandboxes: view.sandboxes.map((sandbox) => ({ ...sandbox, ip: '10.244.1.5' })) };
    expect(status({ view: own })).toMatchObject({
      podIP: '10.244.1.5',
      podIPs: [{ ip: '10.244.1.5' }],
      hostIP: '127.0.1.1',
    });
    expect(conditions({ view: own })).toMatchObject({ 'hawser.dev/PodNetwork': 'True' });
    const ended = makeView([makeRun('main', 'exited')], 'notready');
    const pod = makePod({}, { podIP: '10.244.1.5' });
    expect(status({ pod, view: ended })).toMatchObject({ podIP: '10.244.1.5' });
  });

  test('that asked for its node’s network says nothing of another', () => {
    const pod = makePod({ hostNetwork: true });
    const view = makeView([makeRun('main', 'running')]);
    expect(status({ pod, view })).toMatchObject({ podIP: '127.0.1.1' });
    expect(conditions({ pod, view })).not.toHaveProperty('hawser.dev/PodNetwork');
  });

  test('names containers that are not ready', () => {
    const pod = makePod({ containers: [makeContainer('a'), makeContainer('b')] });
    const view = makeView([makeRun('a', 'running'), makeRun('b', 'running')]);
    const ready = status({ pod, view, isReady: (run) => run.metadata.name === 'a' }).conditions?.find(
      ({ type }) => type === 'Ready',
    );
    expect(ready).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [b]',
    });
  });

  test('keeps the time of a condition that has not changed, and conditions of others', () => {
    const previous = {
      conditions: [
        { type: 'Ready', status: 'True', lastTransitionTime: '2025-01-01T00:00:00Z' },
        { type: 'example.com/gate', status: 'True' },
      ],
      startTime: '2025-01-01T00:00:00Z',
      qosClass: 'Burstable',
    };
    const result = status({ pod: makePod({}, previous), view: makeView([makeRun('main', 'running')]) });
    expect(result).toMatchObject({ startTime: '2025-01-01T00:00:00Z', qosClass: 'Burstable' });
    expect(result.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime).toBe(
      '2025-01-01T00:00:00Z',
    );
    expect(result.conditions?.find(({ type }) => type === 'example.com/gate')?.status).toBe('True');
  });

  test('is not ready before its readiness gates are', () => {
    const pod = makePod({ readinessGates: [{ conditionType: 'example.com/gate' }] });
    const view = makeView([makeRun('main', 'running')]);
    expect(conditions({ pod, view })).toMatchObject({ ContainersReady: 'True', Ready: 'False' });
  });

  test('stays what it became at its end', () => {
    const pod = makePod({ restartPolicy: 'Never' }, { phase: 'Failed' });
    expect(status({ pod, view: makeView([makeRun('main', 'exited')]) }).phase).toBe('Failed');
  });

  test('of a pod that was refused says why', () => {
    const rejection = { reason: 'OutOfpods', message: 'too many' };
    expect(status({ rejection })).toMatchObject({
      phase: 'Failed',
      reason: 'OutOfpods',
      message: 'too many',
    });
  });
});

describe('the status of a container', () => {
  test('that ended shows how, and what it left to be read', () => {
    const view = makeView([makeRun('main', 'exited', { exitCode: 3, signal: 9 })]);
    const [container] = status({ view, terminationMessage: () => 'goodbye' }).containerStatuses!;
    expect(container!.state).toEqual({
      terminated: {
        exitCode: 3,
        signal: 9,
        reason: 'Error',
        message: 'goodbye',
        startedAt: '2026-01-01T00:00:00Z',
        finishedAt: '2026-01-01T00:00:10Z',
        containerID: 'process://main-0',
      },
    });
  });

  test('between two runs shows the last as such', () => {
    const view = makeView([makeRun('main', 'exited', { exitCode: 3, attempt: 2 })]);
    const waiting = new Map([['main', { reason: 'CrashLoopBackOff', message: 'back-off 10s' }]]);
    const [container] = status({ view, waiting }).containerStatuses!;
    expect(container).toMatchObject({
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 3 } },
      restartCount: 2,
      ready: false,
    });
  });

  test('that runs again shows how it ended before', () => {
    const view = makeView([
      makeRun('main', 'running', { attempt: 1 }),
      makeRun('main', 'exited', { exitCode: 1 }),
    ]);
    const [container] = status({ view }).containerStatuses!;
    expect(container).toMatchObject({
      state: { running: {} },
      lastState: { terminated: { exitCode: 1 } },
      restartCount: 1,
    });
  });

  test('of an init container that is done is ready', () => {
    const pod = makePod({ initContainers: [makeContainer('i')] });
    const view = makeView([makeRun('main', 'running'), makeRun('i', 'exited')]);
    expect(status({ pod, view }).initContainerStatuses).toMatchObject([{ ready: true, started: false }]);
  });

  test('that waits for init containers says so', () => {
    const pod = makePod({ initContainers: [makeContainer('i')] });
    const { containerStatuses } = status({ pod, view: makeView([makeRun('i', 'running')]) });
    expect(containerStatuses).toMatchObject([{ state: { waiting: { reason: 'PodInitializing' } } }]);
  });
});
