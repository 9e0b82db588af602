import { expect, test } from 'bun:test';
import type { ContainerStatus } from '@hawser/api';
import { makeContainer, makePod, makeStatus } from '../testing/pods.ts';
import { podPhase } from './pod-phase.ts';

const running = { running: {} };
const waiting = { waiting: { reason: 'ContainerCreating' } };
const ended = (exitCode: number) => ({ terminated: { exitCode } });
const a = (state: ContainerStatus['state'], rest: Partial<ContainerStatus> = {}) =>
  makeStatus('a', state, rest);
const b = (state: ContainerStatus['state'], rest: Partial<ContainerStatus> = {}) =>
  makeStatus('b', state, rest);
const init = (state: ContainerStatus['state'], rest: Partial<ContainerStatus> = {}) =>
  makeStatus('i', state, rest);

interface Case {
  name: string;
  policy?: string;
  statuses: ContainerStatus[];
  init?: ContainerStatus;
  sidecar?: boolean;
  isOver?: boolean;
  phase: string;
}

const cases: Case[] = [
  { name: 'nothing started', statuses: [a(waiting), b(waiting)], phase: 'Pending' },
  { name: 'one running, one waiting', statuses: [a(running), b(waiting)], phase: 'Pending' },
  { name: 'all running', statuses: [a(running), b(running)], phase: 'Running' },
  { name: 'one running, one ended', statuses: [a(running), b(ended(1))], phase: 'Running' },
  { name: 'all ended well, Always', statuses: [a(ended(0)), b(ended(0))], phase: 'Running' },
  {
    name: 'all ended well, OnFailure',
    policy: 'OnFailure',
    statuses: [a(ended(0)), b(ended(0))],
    phase: 'Succeeded',
  },
  {
    name: 'one failed, OnFailure',
    policy: 'OnFailure',
    statuses: [a(ended(0)), b(ended(1))],
    phase: 'Running',
  },
  { name: 'one failed, Never', policy: 'Never', statuses: [a(ended(0)), b(ended(1))], phase: 'Failed' },
  {
    name: 'all ended well, Never',
    policy: 'Never',
    statuses: [a(ended(0)), b(ended(0))],
    phase: 'Succeeded',
  },
  {
    name: 'backing off after a crash',
    statuses: [a(running), b({ waiting: { reason: 'CrashLoopBackOff' } }, { lastState: ended(1) })],
    phase: 'Running',
  },
  { name: 'ended for good, Always', statuses: [a(ended(0)), b(ended(143))], isOver: true, phase: 'Failed' },
  { name: 'ended for good and well', statuses: [a(ended(0)), b(ended(0))], isOver: true, phase: 'Succeeded' },
  {
    name: 'an init container running',
    init: init(running),
    statuses: [a(waiting), b(waiting)],
    phase: 'Pending',
  },
  {
    name: 'an init container failed',
    init: init(ended(1)),
    statuses: [a(waiting), b(waiting)],
    phase: 'Pending',
  },
  {
    name: 'an init container failed, Never',
    policy: 'Never',
    init: init(ended(1)),
    statuses: [a(waiting), b(waiting)],
    phase: 'Failed',
  },
  {
    name: 'an init container done',
    init: init(ended(0)),
    statuses: [a(running), b(running)],
    phase: 'Running',
  },
  {
    name: 'a sidecar that is starting',
    sidecar: true,
    init: init(running, { started: false }),
    statuses: [a(waiting), b(waiting)],
    phase: 'Pending',
  },
  {
    name: 'a sidecar beside what has ended',
    policy: 'Never',
    sidecar: true,
    init: init(running, { started: true }),
    statuses: [a(ended(0)), b(ended(0))],
    phase: 'Succeeded',
  },
];

for (const { name, policy = 'Always', statuses, init: initStatus, sidecar, isOver = false, phase } of cases)
  test(`${name}: ${phase}`, () => {
    const restartPolicy = sidecar ? 'Always' : undefined;
    const pod = makePod({
      restartPolicy: policy,
      containers: [makeContainer('a'), makeContainer('b')],
      ...(initStatus ? { initContainers: [makeContainer('i', { restartPolicy })] } : {}),
    });
    expect(podPhase(pod, initStatus ? [initStatus] : [], statuses, isOver)).toBe(phase as never);
  });
