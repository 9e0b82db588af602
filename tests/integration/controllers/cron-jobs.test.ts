import { expect } from 'bun:test';
import { cronJobs, jobs } from '@hawser/api';
import { eventually } from '../../cluster/eventually.ts';
import { podTemplate } from '../../cluster/workloads.ts';
import { sharePodCluster } from './pod-cluster.ts';

const suite = sharePodCluster();

const spec = (outcome: string, more: object = {}) => ({
  schedule: '@every 1s',
  successfulJobsHistoryLimit: 1,
  jobTemplate: {
    metadata: { labels: { from: 'cron' } },
    spec: {
      template: podTemplate('c', { restartPolicy: 'Never', containers: [{ name: 'main', image: outcome }] }),
    },
  },
  ...more,
});

suite.test('a CronJob makes a job when one is due, and says when', async (cluster) => {
  await using s = await suite.surroundings(cluster);
  const { client, namespace } = s;
  const made = await client.create(cronJobs, { metadata: { name: 'c' }, spec: spec('succeeded') } as never, {
    namespace,
  });
  const status = async () => (await client.get(cronJobs, 'c', { namespace })).status;
  await eventually(async () => (await status())?.lastSuccessfulTime !== undefined);
  const [job] = (await client.list(jobs, { namespace })).items;
  expect(job?.metadata.name).toMatch(/^c-\d+$/);
  expect(job?.metadata.labels).toEqual({ from: 'cron' });
  expect(job?.metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp']).toBeDefined();
  expect(job?.metadata.ownerReferences).toMatchObject([
    { kind: 'CronJob', uid: made.metadata.uid, controller: true },
  ]);
  await eventually(async () => (await status())?.active === undefined);
  await client.delete(cronJobs, 'c', { namespace });
  await eventually(async () => (await client.list(jobs, { namespace })).items.length === 0);
});

suite.test(
  'a CronJob that forbids it starts no job beside another; a suspended one none at all',
  async (cluster) => {
    await using s = await suite.surroundings(cluster);
    const { client, namespace } = s;
    const forbid = { concurrencyPolicy: 'Forbid' };
    await client.create(cronJobs, { metadata: { name: 'c' }, spec: spec('ready', forbid) } as never, {
      namespace,
    });
    await client.create(
      cronJobs,
      { metadata: { name: 'still' }, spec: spec('ready', { suspend: true }) } as never,
      { namespace },
    );
    const reasons = async () => {
      const events = await client.raw('GET', `/api/v1/namespaces/${namespace}/events`);
      return (JSON.parse(events.text).items as { reason: string }[]).map(({ reason }) => reason);
    };
    await eventually(async () => (await reasons()).includes('JobAlreadyActive'));
    const [job, ...others] = (await client.list(jobs, { namespace })).items;
    expect(others).toEqual([]);
    const { active } = (await client.get(cronJobs, 'c', { namespace })).status ?? {};
    expect(active).toMatchObject([{ kind: 'Job', name: job?.metadata.name, uid: job?.metadata.uid }]);
  },
);
