import { describe, expect, test } from 'bun:test';
import { makeContainer, makePod, makeRun, makeView } from '../testing/pods.ts';
import { type ContainerHealth, computePodActions } from './pod-actions.ts';
import { EMPTY_VIEW } from './pod-view.ts';

const healthy: ContainerHealth = { isStarted: ({ state }) => state === 'running', failure: () => undefined };
const failing = (probe: 'liveness' | 'startup'): ContainerHealth => ({ ...healthy, failure: () => probe });
const starting: ContainerHealth = { ...healthy, isStarted: () => false };

function act(pod: ReturnType<typeof makePod>, view: ReturnType<typeof makeView>, health = healthy) {
  const { createSandbox, kill, start } = computePodActions(pod, view, health);
  return {
    createSandbox,
    kill: kill.map(({ container }) => container.id),
    start: start.map(({ name }) => name),
  };
}

const NOTHING = { createSandbox: false, kill: [], start: [] };

describe('a new pod', () => {
  test('gets a sandbox and all its containers', () => {
    const pod = makePod({ containers: [makeContainer('a'), makeContainer('b')] });
    expect(act(pod, EMPTY_VIEW)).toEqual({ createSandbox: true, kill: [], start: ['a', 'b'] });
  });

  test('gets its first init container only', () => {
    const pod = makePod({ initContainers: [makeContainer('i1'), makeContainer('i2')] });
    expect(act(pod, EMPTY_VIEW)).toEqual({ createSandbox: true, kill: [], start: ['i1'] });
  });
});

describe('init containers', () => {
  const pod = makePod({ initContainers: [makeContainer('i1'), makeContainer('i2')] });

  test('run one after the other', () => {
    expect(act(pod, makeView([makeRun('i1', 'running')]))).toEqual(NOTHING);
    expect(act(pod, makeView([makeRun('i1', 'exited')])).start).toEqual(['i2']);
    expect(act(pod, makeView([makeRun('i2', 'exited'), makeRun('i1', 'exited')])).start).toEqual(['main']);
  });

  test('are tried again when they fail, unless the pod never restarts', () => {
    const failed = makeView([makeRun('i1', 'exited', { exitCode: 1 })]);
    expect(act(pod, failed).start).toEqual(['i1']);
    expect(act({ ...pod, spec: { ...pod.spec!, restartPolicy: 'Never' } }, failed)).toEqual(NOTHING);
  });

  test('are not looked at again once a container has begun', () => {
    const view = makeView([makeRun('main', 'exited', { exitCode: 1 })]);
    expect(act(pod, view).start).toEqual(['main']);
  });
});

describe('sidecars', () => {
  const pod = makePod({
    initContainers: [makeContainer('side', { restartPolicy: 'Always' }), makeContainer('i2')],
  });

  test('let the next one start once they have started', () => {
    const view = makeView([makeRun('side', 'running')]);
    expect(act(pod, view, starting)).toEqual(NOTHING);
    expect(act(pod, view).start).toEqual(['i2']);
  });

  test('are started again whatever the pod’s policy, beside what runs', () => {
    const view = makeView([makeRun('main', 'running'), makeRun('i2', 'exited'), makeRun('side', 'exited')]);
    expect(act({ ...pod, spec: { ...pod.spec!, restartPolicy: 'Never' } }, view).start).toEqual(['side']);
  });
});

describe('a container that ended', () => {
  const cases = [
    { policy: 'Always', exitCode: 0, restarts: true },
    { policy: 'Always', exitCode: 1, restarts: true },
    { policy: 'OnFailure', exitCode: 0, restarts: false },
    { policy: 'OnFailure', exitCode: 1, restarts: true },
    { policy: 'Never', exitCode: 0, restarts: false },
    { policy: 'Never', exitCode: 1, restarts: false },
  ];
  for (const { policy, exitCode, restarts } of cases)
    test(`with code ${exitCode} under ${policy} ${restarts ? 'runs again' : 'stays ended'}`, () => {
      const view = makeView([makeRun('main', 'exited', { exitCode })]);
      expect(act(makePod({ restartPolicy: policy }), view).start).toEqual(restarts ? ['main'] : []);
    });

  test('that was made and never started is started', () => {
    expect(act(makePod(), makeView([makeRun('main', 'created')])).start).toEqual(['main']);
  });
});

describe('a container that is unwell', () => {
  test('is killed, with the probe’s grace period', () => {
    const probe = { exec: { command: ['x'] }, terminationGracePeriodSeconds: 7 };
    const pod = makePod({ containers: [makeContainer('main', { livenessProbe: probe })] });
    const { kill } = computePodActions(pod, makeView([makeRun('main', 'running')]), failing('liveness'));
    expect(kill).toMatchObject([
      { graceSeconds: 7, message: 'Container main failed liveness probe, will be restarted' },
    ]);
  });

  test('runs again even when it took the signal for its end', () => {
    const pod = makePod({ restartPolicy: 'OnFailure' });
    expect(act(pod, makeView([makeRun('main', 'exited')]), failing('liveness')).start).toEqual(['main']);
  });

  test('is replaced when its image changed', () => {
    const pod = makePod({ containers: [makeContainer('main', { image: 'other' })] });
    expect(act(pod, makeView([makeRun('main', 'running')])).kill).toEqual(['main-0']);
  });
});

describe('after a reboot', () => {
  const lost = (exitCode: number) => makeView([makeRun('main', 'exited', { exitCode })], 'notready');

  test('a pod gets a new sandbox and runs again', () => {
    expect(act(makePod(), lost(255))).toEqual({ createSandbox: true, kill: [], start: ['main'] });
  });

  test('a pod that never restarts is over', () => {
    expect(act(makePod({ restartPolicy: 'Never' }), lost(255))).toEqual(NOTHING);
  });

  test('what had succeeded stays so', () => {
    const pod = makePod({
      restartPolicy: 'OnFailure',
      containers: [makeContainer('done'), makeContainer('cut')],
    });
    const view = makeView(
      [makeRun('done', 'exited'), makeRun('cut', 'exited', { exitCode: 255 })],
      'notready',
    );
    expect(act(pod, view)).toEqual({ createSandbox: true, kill: [], start: ['cut'] });
  });
});
