import { describe, expect } from 'bun:test';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectJson } from '../../cluster/expectations.ts';
import type { Json } from '../../cluster/wire-client.ts';

const hub = shareCluster();

/** What the server says of every object alone. */
function withoutServerFields({ metadata, ...object }: Json): Json {
  const {
    uid: _uid,
    resourceVersion: _version,
    creationTimestamp: _created,
    managedFields: _managed,
    namespace: _namespace,
    ...rest
  } = metadata;
  return { ...object, metadata: rest };
}

const tolerations = ['not-ready', 'unreachable'].map((taint) => ({
  key: `node.kubernetes.io/${taint}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}));
const containerDefaults = {
  imagePullPolicy: 'Always',
  resources: {},
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
};
const specDefaults = {
  dnsPolicy: 'ClusterFirst',
  enableServiceLinks: true,
  preemptionPolicy: 'PreemptLowerPriority',
  priority: 0,
  restartPolicy: 'Always',
  schedulerName: 'default-scheduler',
  securityContext: {},
  serviceAccount: 'default',
  serviceAccountName: 'default',
  terminationGracePeriodSeconds: 30,
  tolerations,
};

describe('a bare pod', () => {
  hub.test('reads back with all that upstream fills in', async (cluster) => {
    const path = `/api/v1/namespaces/${await cluster.namespace()}/pods`;
    const spec = { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }] };
    const pod = expectJson(await cluster.admin.post(path, { metadata: { name: 'a' }, spec }), 201);
    expect(withoutServerFields(pod)).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a', generation: 1 },
      spec: {
        ...specDefaults,
        automountServiceAccountToken: false,
        containers: [{ name: 'c', image: 'i', ...containerDefaults }],
      },
      status: { phase: 'Pending', qosClass: 'BestEffort' },
    });
  });

  hub.test('has its account mounted, read-only, with what upstream puts there', async (cluster) => {
    const path = `/api/v1/namespaces/${await cluster.namespace()}/pods`;
    const containers = [{ name: 'c', image: 'i' }];
    const { spec } = expectJson(
      await cluster.admin.post(path, { metadata: { name: 'a' }, spec: { containers } }),
      201,
    );
    const [volume] = spec.volumes;
    expect(volume.name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
    expect(volume).toEqual({
      name: volume.name,
      projected: {
        defaultMode: 420,
        sources: [
          { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
          { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          {
            downwardAPI: {
              items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
            },
          },
        ],
      },
    });
    expect(spec.containers[0].volumeMounts).toEqual([
      { name: volume.name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
    ]);
  });
});

/** Parts of a pod's spec and what becomes of them (kubernetes/pkg/apis/core/v1/defaults.go). */
const parts: { name: string; given: Json; expected: Json }[] = [
  {
    name: 'images with a tag or a digest are not pulled again',
    given: { containers: ['i:1', 'i:latest', 'i@sha256:0', 'h:5000/i', 'h:5000/i:1'].map(named) },
    expected: {
      containers: ['IfNotPresent', 'Always', 'IfNotPresent', 'Always', 'IfNotPresent'].map((policy) =>
        expect.objectContaining({ imagePullPolicy: policy }),
      ),
    },
  },
  {
    name: 'a probe',
    given: one({ livenessProbe: { httpGet: { port: 80 } }, readinessProbe: { grpc: { port: 81 } } }),
    expected: one({
      livenessProbe: {
        httpGet: { path: '/', port: 80, scheme: 'HTTP' },
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
      },
      readinessProbe: {
        grpc: { port: 81, service: '' },
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
      },
    }),
  },
  {
    name: 'ports and hooks',
    given: one({
      ports: [{ containerPort: 80 }],
      lifecycle: { preStop: { httpGet: { port: 'web', path: '/x' } } },
    }),
    expected: one({
      ports: [{ containerPort: 80, protocol: 'TCP' }],
      lifecycle: { preStop: { httpGet: { port: 'web', path: '/x', scheme: 'HTTP' } } },
    }),
  },
  {
    name: 'ports on the network of the node',
    given: { hostNetwork: true, ...one({ ports: [{ containerPort: 80 }] }) },
    expected: {
      hostNetwork: true,
      ...one({ ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }] }),
    },
  },
  {
    name: 'a limit without a request',
    given: one({ resources: { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '500m' } } }),
    expected: one({
      resources: { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '500m', memory: '1Gi' } },
    }),
  },
  {
    name: 'variables that tell of the pod',
    given: one({
      env: [
        { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'B', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
      ],
    }),
    expected: one({
      env: [
        { name: 'A', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
        { name: 'B', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '0' } } },
      ],
    }),
  },
  {
    name: 'volumes',
    given: {
      volumes: [
        { name: 'a', hostPath: { path: '/a' } },
        { name: 'b', secret: { secretName: 's' } },
        { name: 'c', configMap: { name: 'm' } },
        { name: 'd', downwardAPI: {} },
        { name: 'e', projected: { sources: [] } },
        { name: 'f', emptyDir: {} },
        { name: 'g', iscsi: { targetPortal: 'p', iqn: 'iqn.2001-04.com.example:x', lun: 0 } },
      ],
    },
    expected: {
      volumes: [
        { name: 'a', hostPath: { path: '/a', type: '' } },
        { name: 'b', secret: { secretName: 's', defaultMode: 420 } },
        { name: 'c', configMap: { name: 'm', defaultMode: 420 } },
        { name: 'd', downwardAPI: { defaultMode: 420 } },
        { name: 'e', projected: expect.objectContaining({ defaultMode: 420 }) },
        { name: 'f', emptyDir: {} },
        {
          name: 'g',
          iscsi: {
            targetPortal: 'p',
            iqn: 'iqn.2001-04.com.example:x',
            lun: 0,
            iscsiInterface: 'default',
          },
        },
      ],
    },
  },
];

function named(image: string, i: number): Json {
  return { name: `c${i}`, image };
}

function one(more: object): Json {
  return { containers: [{ name: 'c', image: 'i', ...more }] };
}

describe('in a pod are filled in', () => {
  for (const { name, given, expected } of parts)
    hub.test(name, async (cluster) => {
      const path = `/api/v1/namespaces/${await cluster.namespace()}/pods`;
      const spec = { automountServiceAccountToken: false, containers: [named('i', 0)], ...given };
      const made = expectJson(await cluster.admin.post(path, { metadata: { name: 'a' }, spec }), 201);
      if (expected.volumes) expect(made.spec.volumes).toEqual(expected.volumes);
      if (expected.containers) expect(made.spec.containers).toMatchObject(expected.containers);
      if (expected.hostNetwork) expect(made.spec.hostNetwork).toBe(true);
    });
});

describe('other kinds', () => {
  const RBAC = '/apis/rbac.authorization.k8s.io/v1';
  const rbac = 'rbac.authorization.k8s.io';
  const cases: { name: string; path: string; given: Json; expected: Json }[] = [
    { name: 'a Secret', path: 'secrets', given: {}, expected: { type: 'Opaque' } },
    {
      name: 'a Secret in plain text',
      path: 'secrets',
      given: { data: { a: 'YQ==' }, stringData: { a: 'b', c: 'd' } },
      expected: { type: 'Opaque', data: { a: 'Yg==', c: 'ZA==' } },
    },
    { name: 'a ConfigMap', path: 'configmaps', given: {}, expected: {} },
    { name: 'a Lease', path: '/apis/coordination.k8s.io/v1', given: {}, expected: { spec: {} } },
    {
      name: 'a RoleBinding',
      path: RBAC,
      given: {
        roleRef: { kind: 'ClusterRole', name: 'view' },
        subjects: [
          { kind: 'User', name: 'u' },
          { kind: 'Group', name: 'g' },
          { kind: 'ServiceAccount', name: 's', namespace: 'n' },
        ],
      },
      expected: {
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'view' },
        subjects: [
          { apiGroup: rbac, kind: 'User', name: 'u' },
          { apiGroup: rbac, kind: 'Group', name: 'g' },
          { kind: 'ServiceAccount', name: 's', namespace: 'n' },
        ],
      },
    },
  ];
  for (const { name, path, given, expected } of cases)
    hub.test(`: ${name}`, async (cluster) => {
      const namespace = await cluster.namespace();
      const collection = path.startsWith('/')
        ? `${path}/namespaces/${namespace}/${path === RBAC ? 'rolebindings' : 'leases'}`
        : `/api/v1/namespaces/${namespace}/${path}`;
      const made = expectJson(
        await cluster.admin.post(collection, { metadata: { name: 'a' }, ...given }),
        201,
      );
      const { apiVersion: _version, kind: _kind, metadata, ...rest } = withoutServerFields(made);
      expect(metadata).toEqual({ name: 'a' });
      expect(rest).toEqual(expected);
    });

  hub.test(': a Namespace', async (cluster) => {
    const name = `bare-${await cluster.namespace()}`;
    const made = expectJson(await cluster.admin.post('/api/v1/namespaces', { metadata: { name } }), 201);
    expect(withoutServerFields(made)).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });

  hub.test(': a Node', async (cluster) => {
    const name = `bare-${await cluster.namespace()}`;
    const capacity = { cpu: '1', memory: '1Gi', pods: '110' };
    const node = { metadata: { name }, spec: { podCIDR: '10.9.0.0/24' }, status: { capacity } };
    const made = expectJson(await cluster.admin.post('/api/v1/nodes', node), 201);
    expect(made.spec.podCIDRs).toEqual(['10.9.0.0/24']);
    expect(made.spec.taints).toEqual([{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }]);
    expect(made.status.allocatable).toEqual(capacity);
  });
});
