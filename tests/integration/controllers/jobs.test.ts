import { describe, expect } from 'bun:test';
import { type Job, jobs, type Pod, pods } from '@hawser/api';
import { isNotFound } from '@hawser/client';
import type { Cluster } from '../../cluster/cluster.ts';
import { eventually } from '../../cluster/eventually.ts';
import { podTemplate } from '../../cluster/workloads.ts';
import { sharePodCluster } from './pod-cluster.ts';

const suite = sharePodCluster();

async function surroundings(cluster: Cluster) {
  const around = await suite.surroundings(cluster);
  const { client, namespace } = around;
  const make = async (outcome: string, spec: object = {}) => {
    const template = podTemplate('j', {
      restartPolicy: 'Never',
      containers: [{ name: 'main', image: outcome }],
    });
    const body = { metadata: { name: 'j' }, spec: { template, ...spec } };
    return (await client.create(jobs, body as never, { namespace })) as Job;
  };
  const get = () => client.get(jobs, 'j', { namespace });
  const all = async () => (await client.list(pods, { namespace })).items;
  const ended = (type: string) =>
    eventually(async () => {
      const job = await get();
      return holds(job, type) && job;
    });
  const patch = (spec: object) => client.patch(jobs, 'j', { spec }, { namespace, type: 'merge' });
  return { ...around, make, get, all, ended, patch };
}

const holds = ({ status }: Job, type: string) =>
  status?.conditions?.find((condition) => condition.type === type && condition.status === 'True');
const reasonOf = (job: Job, type: string) => holds(job, type)?.reason;
const isHeld = ({ metadata }: Pod) => metadata.finalizers !== undefined && metadata.finalizers.length > 0;

describe('a Job', () => {
  suite.test('runs pods until enough have succeeded, and counts each once', async (cluster) => {
    await using s = await surroundings(cluster);
    await s.make('succeeded', { completions: 5, parallelism: 2 });
    const job = await s.ended('Complete');
    expect(job.status).toMatchObject({ succeeded: 5, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
    expect(job.status?.active).toBeUndefined();
    expect(job.status?.completionTime).toBeDefined();
    expect(reasonOf(job, 'SuccessCriteriaMet')).toBe('CompletionsReached');
    const made = await s.all();
    expect(made).toHaveLength(5);
    expect(made.filter(isHeld)).toEqual([]);
  });

  suite.test('fails when more pods fail than may', async (cluster) => {
    await using s = await surroundings(cluster);
    await s.make('failed', { backoffLimit: 0 });
    const job = await s.ended('Failed');
    expect(reasonOf(job, 'Failed')).toBe('BackoffLimitExceeded');
    expect(holds(job, 'FailureTarget')).toBeDefined();
    expect(job.status?.failed).toBe(1);
  });

  suite.test('fails at its deadline, and its pods go', async (cluster) => {
    await using s = await surroundings(cluster);
    await s.make('ready', { activeDeadlineSeconds: 1, parallelism: 2 });
    const job = await s.ended('Failed');
    expect(reasonOf(job, 'Failed')).toBe('DeadlineExceeded');
    await eventually(async () => (await s.all()).length === 0);
  });

  suite.test('with indexes runs each of them once, with its number', async (cluster) => {
    await using s = await surroundings(cluster);
    await s.make('succeeded', { completions: 4, parallelism: 3, completionMode: 'Indexed' });
    const job = await s.ended('Complete');
    expect(job.status).toMatchObject({ succeeded: 4, completedIndexes: '0-3' });
    const made = await s.all();
    expect(made.map(({ spec }) => spec.hostname).toSorted()).toEqual(['j-0', 'j-1', 'j-2', 'j-3']);
    const label = 'batch.kubernetes.io/job-completion-index';
    expect(made.map(({ metadata }) => metadata.labels?.[label]).toSorted()).toEqual(['0', '1', '2', '3']);
    expect(made[0]?.spec.containers[0]?.env).toEqual([
      {
        name: 'JOB_COMPLETION_INDEX',
        valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${label}']` } },
      },
    ]);
  });

  suite.test('with indexes and a limit for each says which have failed', async (cluster) => {
    await using s = await surroundings(cluster);
    await s.make('failed', {
      completions: 2,
      parallelism: 2,
      completionMode: 'Indexed',
      backoffLimitPerIndex: 0,
    });
    const job = await s.ended('Failed');
    expect(reasonOf(job, 'Failed')).toBe('FailedIndexes');
    expect(job.status?.failedIndexes).toBe('0,1');
  });

  suite.test('is suspended and resumed', async (cluster) => {
    await using s = await surroundings(cluster);
    await s.make('ready', { parallelism: 2, completions: 2, suspend: true });
    const job = await s.ended('Suspended');
    expect(job.status?.startTime).toBeUndefined();
    expect(await s.all()).toEqual([]);
    await s.patch({ suspend: false });
    await eventually(async () => (await s.get()).status?.ready === 2);
    await s.patch({ suspend: true });
    await eventually(async () => (await s.all()).length === 0);
    expect((await s.get()).status?.active).toBeUndefined();
  });

  suite.test('fails at once on a failure that its policy names', async (cluster) => {
    await using s = await surroundings(cluster);
    const rules = [{ action: 'FailJob', onPodConditions: [{ type: 'Ready', status: 'False' }] }];
    await s.make('failed', { podFailurePolicy: { rules } });
    const job = await s.ended('Failed');
    const [pod] = await s.all();
    expect(holds(job, 'Failed')).toMatchObject({
      reason: 'PodFailurePolicy',
      message: `Pod ${s.namespace}/${pod?.metadata.name} has condition Ready matching FailJob rule at index 0`,
    });
  });

  suite.test('is deleted with its pods some time after its end', async (cluster) => {
    await using s = await surroundings(cluster);
    await s.make('succeeded', { ttlSecondsAfterFinished: 1 });
    await eventually(async () => await s.get().then(() => false, isNotFound));
    await eventually(async () => (await s.all()).length === 0);
  });

  suite.test('that is deleted while it runs lets its pods go', async (cluster) => {
    await using s = await surroundings(cluster);
    await s.make('ready', { parallelism: 2, completions: 2 });
    await eventually(async () => (await s.get()).status?.ready === 2);
    await s.client.delete(jobs, 'j', { namespace: s.namespace, propagationPolicy: 'Background' });
    await eventually(async () => (await s.all()).length === 0);
  });
});
