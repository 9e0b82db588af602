import { describe, expect, test } from 'bun:test';
import type { Job, Pod } from '@hawser/api';
import { account } from './account.ts';
import { formatIndexes, parseIndexes } from './index-set.ts';
import { TRACKING } from './job-pod.ts';
import { planJobPods } from './plan-job-pods.ts';
import { matchFailurePolicy } from './pod-failure-policy.ts';
import { verdictOf, withVerdict } from './verdict.ts';

const NOW = new Date('2026-01-01T12:00:00Z');
const NONE = new Set<string>();

function job(spec: Partial<Job['spec']> = {}, status: Job['status'] = {}): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j', namespace: 'x', uid: 'u' },
    spec: {
      completions: 3,
      parallelism: 2,
      backoffLimit: 6,
      template: { spec: { containers: [], restartPolicy: 'Never' } },
      ...spec,
    },
    status,
  };
}

function pod(
  uid: string,
  phase: 'Running' | 'Succeeded' | 'Failed',
  metadata: object = {},
  status: object = {},
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: uid, namespace: 'x', uid, finalizers: [TRACKING], ...metadata },
    spec: { containers: [], nodeName: 'n' },
    status: { phase, ...status },
  };
}
const indexed = (index: number, failures = 0) => ({
  annotations: {
    'batch.kubernetes.io/job-completion-index': String(index),
    'batch.kubernetes.io/job-index-failure-count': String(failures),
  },
});

describe('indexes', () => {
  const cases = ['', '0', '0,1', '0-2', '0,2-4,6,7', '1,3-5'];
  for (const text of cases)
    test(JSON.stringify(text), () => expect(formatIndexes(parseIndexes(text))).toBe(text));
});

describe('the books of a job', () => {
  test('take a pod that has ended in by UID first, and into the counters when it is let go', () => {
    const first = account(job(), [pod('a', 'Succeeded'), pod('b', 'Failed'), pod('c', 'Running')], NONE);
    expect(first.status).toMatchObject({
      active: 1,
      uncountedTerminatedPods: { succeeded: ['a'], failed: ['b'] },
    });
    expect(first.status.succeeded).toBeUndefined();
    expect(first.release.map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    // The cache does not show yet that they were let go.
    const second = account(
      job({}, first.status),
      [pod('a', 'Succeeded'), pod('b', 'Failed')],
      new Set(['a', 'b']),
    );
    expect(second.status).toMatchObject({ succeeded: 1, failed: 1, uncountedTerminatedPods: {} });
    const third = account(job({}, second.status), [pod('a', 'Succeeded', { finalizers: [] })], NONE);
    expect(third.status).toMatchObject({ succeeded: 1, failed: 1 });
  });

  test('count a pod that is deleted as failed, unless only what has failed is replaced', () => {
    const deleted = pod('a', 'Running', { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(account(job(), [deleted], NONE).newFailures).toBe(1);
    expect(account(job({ podReplacementPolicy: 'Failed' }), [deleted], NONE).newFailures).toBe(0);
  });

  test('count an index once', () => {
    const spec = { completionMode: 'Indexed' };
    const pods = [
      pod('a', 'Succeeded', indexed(1)),
      pod('b', 'Succeeded', indexed(1)),
      pod('c', 'Succeeded', indexed(7)),
    ];
    const books = account(job(spec), pods, NONE);
    expect(books.status).toMatchObject({ succeeded: 1, completedIndexes: '1' });
    expect(books.release).toHaveLength(3);
  });

  test('leave out failures that the policy ignores', () => {
    const rules = [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }];
    const evicted = pod('a', 'Failed', {}, { conditions: [{ type: 'DisruptionTarget', status: 'True' }] });
    const books = account(job({ podFailurePolicy: { rules } }), [evicted], NONE);
    expect(books).toMatchObject({ newFailures: 0, failure: undefined });
    expect(books.release).toHaveLength(1);
  });
});

describe('what pods are missing', () => {
  const plan = (j: Job, pods: Pod[]) => planJobPods(j, pods, account(j, pods, NONE), NOW);
  test('no more than may run at once, and than must still succeed', () => {
    expect(plan(job(), []).create).toHaveLength(2);
    expect(plan(job({}, { succeeded: 2 }), []).create).toHaveLength(1);
    expect(plan(job({ completions: undefined }, { succeeded: 1 }), []).create).toHaveLength(0);
  });
  test('those of the first free indexes, with the failures before', () => {
    const spec = { completionMode: 'Indexed', completions: 5, backoffLimitPerIndex: 3 };
    const pods = [pod('a', 'Running', indexed(1)), pod('b', 'Failed', indexed(2, 1))];
    const status = { completedIndexes: '0', succeeded: 1 };
    expect(plan(job({ ...spec, parallelism: 3 }, status), pods).create).toEqual([
      { index: 2, failures: 2 },
      { index: 3, failures: 0 },
    ]);
  });
  test('goes the other way when fewer may run', () => {
    const pods = [pod('a', 'Running'), pod('b', 'Running')];
    expect(plan(job({ parallelism: 1 }), pods).remove).toHaveLength(1);
  });
  test('what is on its way out keeps its place, where only what has ended is replaced', () => {
    const leaving = pod('a', 'Running', { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(plan(job({ podReplacementPolicy: 'Failed' }), [leaving]).create).toHaveLength(1);
    expect(plan(job(), [leaving]).create).toHaveLength(2);
  });
});

describe('a job has ended', () => {
  const verdict = (j: Job, pods: Pod[] = []) => verdictOf(j, account(j, pods, NONE), pods, NOW);
  const cases: { name: string; job: Job; pods?: Pod[]; reason: string | undefined }[] = [
    { name: 'not while pods are missing', job: job({}, { succeeded: 2 }), reason: undefined },
    { name: 'when enough have succeeded', job: job({}, { succeeded: 3 }), reason: 'CompletionsReached' },
    {
      name: 'when the only one has succeeded, without a number',
      job: job({ completions: undefined }),
      pods: [pod('a', 'Succeeded')],
      reason: 'CompletionsReached',
    },
    {
      name: 'when too many have failed',
      job: job({ backoffLimit: 1 }, { failed: 2 }),
      reason: 'BackoffLimitExceeded',
    },
    {
      name: 'when containers are restarted too often',
      job: job({ backoffLimit: 2, template: { spec: { containers: [], restartPolicy: 'OnFailure' } } }),
      pods: [pod('a', 'Running', {}, { containerStatuses: [{ name: 'c', restartCount: 2 }] })],
      reason: 'BackoffLimitExceeded',
    },
    {
      name: 'at its deadline',
      job: job({ activeDeadlineSeconds: 60 }, { startTime: '2026-01-01T11:59:00Z' }),
      reason: 'DeadlineExceeded',
    },
    {
      name: 'when a rule of success is met',
      job: job(
        {
          completionMode: 'Indexed',
          successPolicy: { rules: [{ succeededIndexes: '0-1', succeededCount: 1 }] },
        },
        { completedIndexes: '1' },
      ),
      reason: 'SuccessPolicy',
    },
  ];
  for (const { name, job: j, pods, reason } of cases)
    test(name, () => expect(verdict(j, pods)?.reason).toBe(reason));

  test('is said when its last pods have gone, and before that it will have', () => {
    const said = { type: 'Failed', reason: 'R', message: 'm' } as const;
    const types = (status: Job['status']) =>
      withVerdict(status!, said, NOW).conditions?.map(({ type }) => type);
    expect(types({ active: 1 })).toEqual(['FailureTarget']);
    expect(types({ terminating: 1 })).toEqual(['FailureTarget']);
    expect(types({ uncountedTerminatedPods: { failed: ['a'] } })).toEqual(['FailureTarget']);
    expect(types({})).toEqual(['FailureTarget', 'Failed']);
  });
});

test('a rule on exit codes names the container', () => {
  const rules = [
    { action: 'FailJob', onExitCodes: { containerName: 'main', operator: 'In', values: [42] } },
    { action: 'Count', onExitCodes: { operator: 'NotIn', values: [42] } },
  ];
  const failed = (name: string, exitCode: number) =>
    pod('p', 'Failed', {}, { containerStatuses: [{ name, state: { terminated: { exitCode } } }] });
  expect(matchFailurePolicy({ rules }, failed('main', 42))).toEqual({
    action: 'FailJob',
    message: 'Container main for pod x/p failed with exit code 42 matching FailJob rule at index 0',
  });
  expect(matchFailurePolicy({ rules }, failed('side', 42))).toBeUndefined();
  expect(matchFailurePolicy({ rules }, failed('side', 1))?.action).toBe('Count');
});
