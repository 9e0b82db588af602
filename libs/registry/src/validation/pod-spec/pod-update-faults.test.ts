import { describe, expect, test } from 'bun:test';
import { fieldErrorMessage } from '@hawser/api';
import { completedPod, type Data } from './pod-faults.testing.ts';
import { podUpdateFaults } from './pod-update-faults.ts';

const OTHER_THAN =
  'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\nchanged: ';

type Change = (pod: Data) => void;

const faultsOf = (before: object, change: Change) => {
  const old = completedPod(before);
  const pod = structuredClone(old);
  change(pod);
  return podUpdateFaults(pod, old).map(fieldErrorMessage);
};

const allowed: { name: string; before?: object; change: Change }[] = [
  {
    name: 'images',
    change: ({ spec }) => {
      spec.containers[0]!.image = 'j';
    },
  },
  {
    name: 'a first deadline',
    change: ({ spec }) => {
      spec.activeDeadlineSeconds = 10;
    },
  },
  {
    name: 'a nearer deadline',
    before: { activeDeadlineSeconds: 10 },
    change: ({ spec }) => {
      spec.activeDeadlineSeconds = 5;
    },
  },
  {
    name: 'more tolerations, and how long one lasts',
    before: { tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute' }] },
    change: ({ spec }) => {
      spec.tolerations![0]!.tolerationSeconds = 3;
      spec.tolerations!.unshift({ key: 'b', operator: 'Exists' });
    },
  },
  {
    name: 'fewer gates',
    before: { schedulingGates: [{ name: 'a' }, { name: 'b' }] },
    change: ({ spec }) => void spec.schedulingGates!.pop(),
  },
  {
    name: 'where a pod that is held back may go',
    before: { schedulingGates: [{ name: 'a' }], nodeSelector: { a: '1' } },
    change: ({ spec }) => {
      spec.nodeSelector = { a: '1', b: '2' };
    },
  },
  {
    name: 'a grace period that once was accepted',
    before: { terminationGracePeriodSeconds: -1 },
    change: ({ spec }) => {
      spec.terminationGracePeriodSeconds = 1;
    },
  },
  {
    name: 'nothing but an empty list',
    change: ({ spec }) => {
      spec.imagePullSecrets = [];
    },
  },
];
describe('a pod may change', () => {
  test.each(allowed)('$name', ({ before = {}, change }) => expect(faultsOf(before, change)).toEqual([]));
});

const refused: { name: string; before?: object; change: Change; faults: string[] }[] = [
  {
    name: 'its command',
    change: ({ spec }) => {
      spec.containers[0]!.command = ['x'];
    },
    faults: [`${OTHER_THAN}\`spec.containers\``],
  },
  {
    name: 'its node and its service account',
    change: ({ spec }) => Object.assign(spec, { nodeName: 'n', serviceAccountName: 'a' }),
    faults: [`${OTHER_THAN}\`spec.nodeName\`, \`spec.serviceAccountName\``],
  },
  {
    name: 'its grace period',
    change: ({ spec }) => {
      spec.terminationGracePeriodSeconds = 1;
    },
    faults: [`${OTHER_THAN}\`spec.terminationGracePeriodSeconds\``],
  },
  {
    name: 'the number of its containers',
    change: ({ spec }) => void spec.containers.push({ name: 'd', image: 'i' }),
    faults: ['spec.containers: Forbidden: pod updates may not add or remove containers'],
  },
  {
    name: 'its deadline to a later one',
    before: { activeDeadlineSeconds: 5 },
    change: ({ spec }) => {
      spec.activeDeadlineSeconds = 6;
    },
    faults: ['spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value'],
  },
  {
    name: 'its deadline to none',
    before: { activeDeadlineSeconds: 5 },
    change: ({ spec }) => void delete spec.activeDeadlineSeconds,
    faults: [
      'spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value',
    ],
  },
  {
    name: 'a toleration that it has',
    before: { tolerations: [{ key: 'a', operator: 'Exists' }] },
    change: ({ spec }) => {
      spec.tolerations![0]!.effect = 'NoExecute';
    },
    faults: [
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ],
  },
  {
    name: 'its gates by one more',
    before: { schedulingGates: [{ name: 'a' }] },
    change: ({ spec }) => void spec.schedulingGates!.push({ name: 'b' }),
    faults: [
      "spec.schedulingGates[1].name: Forbidden: only deletion is allowed, but found new scheduling gate 'b'",
    ],
  },
  {
    name: 'where it may go, held back, to elsewhere',
    before: { schedulingGates: [{ name: 'a' }], nodeSelector: { a: '1' } },
    change: ({ spec }) => {
      spec.nodeSelector = { a: '2' };
    },
    faults: [
      'spec.nodeSelector: Invalid value: {"a":"2"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    ],
  },
  {
    name: 'whether it mirrors a file of its node',
    change: ({ metadata }) => {
      metadata.annotations = { 'kubernetes.io/config.mirror': 'x' };
    },
    faults: [
      'metadata.annotations[kubernetes.io/config.mirror]: Forbidden: may not add mirror pod annotation',
    ],
  },
];
describe('a pod may not change', () => {
  test.each(refused)('$name', ({ before = {}, change, faults }) =>
    expect(faultsOf(before, change)).toEqual(faults),
  );
});
