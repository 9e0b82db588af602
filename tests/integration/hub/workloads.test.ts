import { describe, expect } from 'bun:test';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import type { Json } from '../../cluster/wire-client.ts';
import { deployment, podTemplate } from '../../cluster/workloads.ts';

// Without a controller manager: what the hub alone makes of the kinds.
const hub = shareCluster();
const apps = (namespace: string, plural: string) => `/apis/apps/v1/namespaces/${namespace}/${plural}`;
const batch = (namespace: string, plural: string) => `/apis/batch/v1/namespaces/${namespace}/${plural}`;
const networking = (namespace: string, plural: string) =>
  `/apis/networking.k8s.io/v1/namespaces/${namespace}/${plural}`;
const causes = (status: Json) => status.details.causes.map(({ field, reason }: Json) => `${field} ${reason}`);

describe('reads back with the defaults of upstream', () => {
  hub.test('a Deployment', async (cluster) => {
    const namespace = await cluster.namespace();
    const made = expectJson(await cluster.admin.post(apps(namespace, 'deployments'), deployment('d')), 201);
    expect(made.spec).toEqual({
      replicas: 1,
      selector: { matchLabels: { app: 'd' } },
      template: {
        metadata: { labels: { app: 'd' } },
        spec: {
          containers: [
            {
              name: 'main',
              image: 'host',
              command: ['/bin/sleep', '1000'],
              resources: {},
              imagePullPolicy: 'Always',
              terminationMessagePath: '/dev/termination-log',
              terminationMessagePolicy: 'File',
            },
          ],
          restartPolicy: 'Always',
          terminationGracePeriodSeconds: 30,
          dnsPolicy: 'ClusterFirst',
          securityContext: {},
          schedulerName: 'default-scheduler',
        },
      },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    });
    expect(made.metadata.generation).toBe(1);
    expect(made.status).toEqual({});
  });

  hub.test('a Job, whose selector is made of its UID', async (cluster) => {
    const namespace = await cluster.namespace();
    const job = { metadata: { name: 'j' }, spec: { template: podTemplate('j', { restartPolicy: 'Never' }) } };
    const made = expectJson(await cluster.admin.post(batch(namespace, 'jobs'), job), 201);
    const { uid } = made.metadata;
    expect(made.spec).toMatchObject({
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      manualSelector: false,
      podReplacementPolicy: 'TerminatingOrFailed',
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
    });
    expect(made.spec.template.metadata.labels).toEqual({
      app: 'j',
      'controller-uid': uid,
      'job-name': 'j',
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': 'j',
    });
  });

  hub.test('a CronJob, whose template does not get those of a Job', async (cluster) => {
    const namespace = await cluster.namespace();
    const spec = {
      schedule: '@daily',
      jobTemplate: { spec: { template: podTemplate('c', { restartPolicy: 'OnFailure' }) } },
    };
    const made = expectJson(
      await cluster.admin.post(batch(namespace, 'cronjobs'), { metadata: { name: 'c' }, spec }),
      201,
    );
    expect(made.spec).toMatchObject({
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    expect(Object.keys(made.spec.jobTemplate.spec)).toEqual(['template']);
  });

  hub.test(
    'a ReplicationController, whose labels and selector are those of its template',
    async (cluster) => {
      const namespace = await cluster.namespace();
      const body = { metadata: { name: 'rc' }, spec: { template: podTemplate('rc') } };
      const path = `/api/v1/namespaces/${namespace}/replicationcontrollers`;
      const made = expectJson(await cluster.admin.post(path, body), 201);
      expect(made.spec.selector).toEqual({ app: 'rc' });
      expect(made.metadata.labels).toEqual({ app: 'rc' });
    },
  );

  hub.test('a NetworkPolicy, whose types follow from its rules', async (cluster) => {
    const namespace = await cluster.namespace();
    const body = { metadata: { name: 'np' }, spec: { podSelector: {}, egress: [{ ports: [{ port: 53 }] }] } };
    const made = expectJson(await cluster.admin.post(networking(namespace, 'networkpolicies'), body), 201);
    expect(made.spec.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(made.spec.egress[0].ports[0]).toEqual({ port: 53, protocol: 'TCP' });
  });
});

describe('refuses', () => {
  const cases: {
    name: string;
    path: (namespace: string) => string;
    object: Json;
    causes: string[];
  }[] = [
    {
      name: 'a Deployment of nothing',
      path: (namespace) => apps(namespace, 'deployments'),
      object: {},
      causes: ['spec.selector FieldValueRequired', 'spec.template.spec.containers FieldValueRequired'],
    },
    {
      name: 'a Deployment that would not find its pods',
      path: (namespace) => apps(namespace, 'deployments'),
      object: deployment('a', { selector: { matchLabels: { app: 'b' } } }),
      causes: ['spec.template.metadata.labels FieldValueInvalid'],
    },
    {
      name: 'a rolling update that could never move',
      path: (namespace) => apps(namespace, 'deployments'),
      object: deployment('a', { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } }),
      causes: ['spec.strategy.rollingUpdate.maxUnavailable FieldValueInvalid'],
    },
    {
      name: 'faults of the template under its own path',
      path: (namespace) => apps(namespace, 'deployments'),
      object: deployment('a', {
        replicas: -1,
        template: podTemplate('a', { containers: [{ name: 'A' }], restartPolicy: 'Never' }),
      }),
      causes: [
        'spec.replicas FieldValueInvalid',
        'spec.template.spec.containers[0].name FieldValueInvalid',
        'spec.template.spec.containers[0].image FieldValueRequired',
        'spec.template.spec.restartPolicy FieldValueNotSupported',
      ],
    },
    {
      name: 'a DaemonSet that surges and lacks',
      path: (namespace) => apps(namespace, 'daemonsets'),
      object: {
        spec: {
          selector: { matchLabels: { app: 'a' } },
          template: podTemplate('a'),
          updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
        },
      },
      causes: ['spec.updateStrategy.rollingUpdate.maxSurge FieldValueInvalid'],
    },
    {
      name: 'a Job that restarts for ever',
      path: (namespace) => batch(namespace, 'jobs'),
      object: { spec: { template: podTemplate('a') } },
      causes: ['spec.template.spec.restartPolicy FieldValueRequired'],
    },
    {
      name: 'a CronJob at no time',
      path: (namespace) => batch(namespace, 'cronjobs'),
      object: {
        spec: {
          schedule: '61 * * * *',
          timeZone: 'Middle/Earth',
          jobTemplate: { spec: { template: podTemplate('a', { restartPolicy: 'Never' }) } },
        },
      },
      causes: ['spec.schedule FieldValueInvalid', 'spec.timeZone FieldValueInvalid'],
    },
    {
      name: 'an Ingress to nowhere',
      path: (namespace) => networking(namespace, 'ingresses'),
      object: {
        spec: {
          rules: [{ host: '10.0.0.1', http: { paths: [{ path: 'a', pathType: 'Exact', backend: {} }] } }],
        },
      },
      causes: [
        'spec.rules[0].host FieldValueInvalid',
        'spec.rules[0].http.paths[0].path FieldValueInvalid',
        'spec.rules[0].http.paths[0].backend FieldValueInvalid',
      ],
    },
    {
      name: 'a NetworkPolicy with an exception outside',
      path: (namespace) => networking(namespace, 'networkpolicies'),
      object: {
        spec: {
          podSelector: {},
          ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } }, {}] }],
        },
      },
      causes: [
        'spec.ingress[0].from[0].ipBlock.except[0] FieldValueInvalid',
        'spec.ingress[0].from[1] FieldValueRequired',
      ],
    },
  ];
  for (const { name, path, object, causes: wanted } of cases)
    hub.test(name, async (cluster) => {
      const namespace = await cluster.namespace();
      const body = { metadata: { name: 'a' }, ...object };
      const status = expectFailure(await cluster.admin.post(path(namespace), body), 422, 'Invalid');
      expect(causes(status).toSorted()).toEqual(expect.arrayContaining(wanted));
    });

  hub.test('another selector for a Deployment', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = apps(namespace, 'deployments');
    expectJson(await cluster.admin.post(path, deployment('d')), 201);
    const labels = { app: 'e' };
    const patch = { spec: { selector: { matchLabels: labels }, template: { metadata: { labels } } } };
    const status = expectFailure(await cluster.admin.patch(`${path}/d`, 'merge', patch), 422, 'Invalid');
    expect(status.message).toContain('spec.selector: Invalid value: ');
    expect(status.message).toContain(': field is immutable');
  });
});

describe('scale', () => {
  hub.test('reads and changes the number of pods', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = apps(namespace, 'deployments');
    const made = expectJson(await cluster.admin.post(path, deployment('d', { replicas: 2 })), 201);
    const scale = expectJson(await cluster.admin.get(`${path}/d/scale`));
    expect(scale).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name: 'd', namespace, uid: made.metadata.uid },
      spec: { replicas: 2 },
      status: { replicas: 0, selector: 'app=d' },
    });
    const answer = expectJson(
      await cluster.admin.put(`${path}/d/scale`, { ...scale, spec: { replicas: 3 } }),
    );
    expect(answer.spec).toEqual({ replicas: 3 });
    expectJson(await cluster.admin.patch(`${path}/d/scale`, 'merge', { spec: { replicas: 5 } }));
    const after = expectJson(await cluster.admin.get(`${path}/d`));
    expect(after.spec.replicas).toBe(5);
    expect(after.metadata.generation).toBe(3);
    // The one that was read first is no longer current.
    expectFailure(await cluster.admin.put(`${path}/d/scale`, scale), 409, 'Conflict');
    const status = expectFailure(
      await cluster.admin.patch(`${path}/d/scale`, 'merge', { spec: { replicas: -1 } }),
      422,
      'Invalid',
    );
    expect(status.details).toMatchObject({ group: 'autoscaling', kind: 'Scale', name: 'd' });
    expectFailure(await cluster.admin.get(`${path}/e/scale`), 404, 'NotFound');
    for (const metadata of [{}, { name: 'e' }, { name: 'd', namespace: 'default' }])
      expectFailure(await cluster.admin.put(`${path}/d/scale`, { ...scale, metadata }), 400, 'BadRequest');
  });

  hub.test('is listed under the kind that it speaks', async (cluster) => {
    const list = expectJson(await cluster.admin.get('/apis/apps/v1'));
    for (const name of ['deployments/scale', 'replicasets/scale', 'statefulsets/scale'])
      expect(list.resources).toContainEqual({
        name,
        singularName: '',
        namespaced: true,
        group: 'autoscaling',
        version: 'v1',
        kind: 'Scale',
        verbs: ['get', 'patch', 'update'],
      });
  });
});

describe('a deletion that does not say what becomes of the pods', () => {
  hub.test('leaves them, where the kind is older than the garbage collector', async (cluster) => {
    const namespace = await cluster.namespace();
    const job = { metadata: { name: 'j' }, spec: { template: podTemplate('j', { restartPolicy: 'Never' }) } };
    expectJson(await cluster.admin.post(batch(namespace, 'jobs'), job), 201);
    const waiting = expectJson(await cluster.admin.delete(`${batch(namespace, 'jobs')}/j`));
    expect(waiting.metadata.finalizers).toEqual(['orphan']);
  });
});
