import { expect, test } from 'bun:test';
import type { AnyKind } from './all-kinds.ts';
import { controllerRevisions } from './apps/controller-revision.ts';
import { daemonSets } from './apps/daemon-set.ts';
import { deployments } from './apps/deployment.ts';
import { replicaSets } from './apps/replica-set.ts';
import { cronJobs } from './batch/cron-job.ts';
import { jobs } from './batch/job.ts';
import { replicationControllers } from './core/replication-controller.ts';
import { ingresses } from './networking/ingress.ts';
import { ingressClasses } from './networking/ingress-class.ts';
import { networkPolicies } from './networking/network-policy.ts';

const NOW = new Date('2024-05-01T12:00:00Z');
const metadata = { name: 'a', creationTimestamp: '2024-05-01T11:00:00Z' };
const row = (kind: AnyKind, object: object) =>
  Object.fromEntries(
    kind.columns.map((column) => [column.name, column.value({ metadata, ...object } as never, NOW)]),
  );
const template = {
  spec: {
    containers: [
      { name: 'web', image: 'nginx' },
      { name: 'side', image: 'envoy' },
    ],
    nodeSelector: { disk: 'ssd' },
  },
};
const selector = {
  matchLabels: { app: 'a' },
  matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['b', 'a'] }],
};

test('a Deployment’s tell how far it is', () => {
  const status = { readyReplicas: 2, updatedReplicas: 1, availableReplicas: 2 };
  expect(row(deployments, { spec: { replicas: 3, template, selector }, status })).toEqual({
    Ready: '2/3',
    'Up-to-date': 1,
    Available: 2,
    Age: '60m',
    Containers: 'web,side',
    Images: 'nginx,envoy',
    Selector: 'app=a,tier notin (a,b)',
  });
});

test('a ReplicaSet’s and a ReplicationController’s are alike', () => {
  const numbers = { Desired: 3, Current: 2, Ready: 1, Age: '60m' };
  const status = { replicas: 2, readyReplicas: 1 };
  expect(row(replicaSets, { spec: { replicas: 3, template, selector }, status })).toMatchObject(numbers);
  const plain = { replicas: 3, template, selector: { b: '2', a: '1' } };
  expect(row(replicationControllers, { spec: plain, status })).toMatchObject({
    ...numbers,
    Selector: 'a=1,b=2',
  });
});

test('a DaemonSet’s count nodes', () => {
  const status = {
    desiredNumberScheduled: 3,
    currentNumberScheduled: 2,
    numberReady: 1,
    updatedNumberScheduled: 1,
  };
  expect(row(daemonSets, { spec: { template }, status })).toMatchObject({
    Desired: 3,
    Current: 2,
    Ready: 1,
    'Up-to-date': 1,
    Available: 0,
    'Node Selector': 'disk=ssd',
    Selector: '<none>',
  });
});

test('a ControllerRevision’s name its controller', () => {
  const ownerReferences = [
    { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'u', controller: true },
  ];
  expect(row(controllerRevisions, { metadata: { ...metadata, ownerReferences }, revision: 2 })).toMatchObject(
    {
      Controller: 'daemonset.apps/d',
      Revision: 2,
    },
  );
  expect(row(controllerRevisions, { revision: 1 })['Controller']).toBe('<none>');
});

test('a Job’s tell its state in one word', () => {
  const state = (types: string[], more: object = {}) => {
    const conditions = types.map((type) => ({ type, status: 'True' }));
    return row(jobs, { spec: { completions: 3, template }, status: { conditions, ...more } });
  };
  const times = { startTime: '2024-05-01T11:58:00Z', succeeded: 1 };
  expect(state([], times)).toMatchObject({ Status: 'Running', Completions: '1/3', Duration: '2m' });
  expect(
    state(['SuccessCriteriaMet', 'Complete'], { ...times, completionTime: '2024-05-01T11:58:30Z' }),
  ).toMatchObject({
    Status: 'Complete',
    Duration: '30s',
  });
  expect(state(['FailureTarget', 'Failed'])['Status']).toBe('Failed');
  expect(state(['Suspended'])).toMatchObject({ Status: 'Suspended', Duration: '' });
  expect(row(jobs, { spec: { parallelism: 4, template } })['Completions']).toBe('0/1 of 4');
});

test('a CronJob’s tell when, and when it last did', () => {
  const spec = { schedule: '@daily', suspend: false, jobTemplate: { spec: { template } } };
  const status = { active: [{}], lastScheduleTime: '2024-05-01T11:59:00Z' };
  expect(row(cronJobs, { spec, status })).toMatchObject({
    Schedule: '@daily',
    Timezone: '<none>',
    Suspend: 'False',
    Active: 1,
    'Last Schedule': '60s',
    Containers: 'web,side',
  });
  expect(row(cronJobs, { spec })['Last Schedule']).toBe('<none>');
});

test('an Ingress’s name hosts, at most three', () => {
  const rules = ['a', 'b', 'c', 'd'].map((host) => ({ host }));
  const status = { loadBalancer: { ingress: [{ ip: '10.0.0.2' }, { hostname: 'lb' }] } };
  expect(row(ingresses, { spec: { rules, tls: [{}], ingressClassName: 'nginx' }, status })).toMatchObject({
    Class: 'nginx',
    Hosts: 'a,b,c + 1 more...',
    Address: '10.0.0.2,lb',
    Ports: '80, 443',
  });
  expect(row(ingresses, { spec: {} })).toMatchObject({
    Class: '<none>',
    Hosts: '*',
    Address: '',
    Ports: '80',
  });
});

test('an IngressClass’s and a NetworkPolicy’s', () => {
  const parameters = { apiGroup: 'k8s.example.com', kind: 'Params', name: 'p' };
  expect(row(ingressClasses, { spec: { controller: 'a.io/b', parameters } })).toMatchObject({
    Controller: 'a.io/b',
    Parameters: 'Params.k8s.example.com/p',
  });
  expect(row(networkPolicies, { spec: { podSelector: {} } })['Pod-Selector']).toBe('<none>');
});
