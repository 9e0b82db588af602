import { describe, expect } from 'bun:test';
import { encodeProtobuf } from '@hawser/api';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectJson } from '../../cluster/expectations.ts';
import { configMap, shellPod } from '../../cluster/objects.ts';

const hub = shareCluster();
const PROTOBUF = { 'content-type': 'application/vnd.kubernetes.protobuf' };

describe('what a client wrote reads back as Go would show it', () => {
  hub.test('without empty lists and maps, and nulls', async (cluster) => {
    const path = `/api/v1/namespaces/${await cluster.namespace()}/configmaps`;
    const metadata = {
      labels: {},
      annotations: null,
      finalizers: [],
      ownerReferences: [],
      creationTimestamp: null,
      generateName: '',
    };
    const made = expectJson(await cluster.admin.post(path, configMap('a', {}, metadata)), 201);
    expect(Object.keys(made).sort()).toEqual(['apiVersion', 'kind', 'metadata']);
    expect(Object.keys(made.metadata).sort()).toEqual([
      'creationTimestamp',
      'name',
      'namespace',
      'resourceVersion',
      'uid',
    ]);
    const patched = expectJson(await cluster.admin.patch(`${path}/a`, 'merge', { metadata: { labels: {} } }));
    expect(patched).toEqual(made);
  });

  hub.test('with what Go holds by value, and without zeroes that it leaves out', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const pod = shellPod('a', 'true', {
      hostNetwork: false,
      nodeSelector: {},
      securityContext: {},
      terminationGracePeriodSeconds: 0,
      volumes: [{ name: 'scratch', emptyDir: {} }],
      container: {
        args: [],
        tty: false,
        workingDir: '',
        env: [{ name: 'E', value: '' }],
        volumeMounts: [{ name: 'scratch', mountPath: '/s', readOnly: false, subPath: '' }],
        securityContext: { privileged: false },
      },
    });
    const { spec } = expectJson(await cluster.admin.post(path, pod), 201);
    expect(spec).toMatchObject({
      securityContext: {},
      terminationGracePeriodSeconds: 0,
      volumes: expect.arrayContaining([{ name: 'scratch', emptyDir: {} }]),
    });
    for (const gone of ['hostNetwork', 'nodeSelector']) expect(spec).not.toHaveProperty(gone);
    const [container] = spec.containers;
    expect(container).toMatchObject({
      resources: {},
      env: [{ name: 'E' }],
      securityContext: { privileged: false },
    });
    expect(container.volumeMounts).toContainEqual({ name: 'scratch', mountPath: '/s' });
    for (const gone of ['args', 'tty', 'workingDir']) expect(container).not.toHaveProperty(gone);
  });

  hub.test('the same from JSON and from protobuf', async (cluster) => {
    const path = `/api/v1/namespaces/${await cluster.namespace()}/pods`;
    const spec = { automountServiceAccountToken: false, metadata: { labels: { a: '' } } };
    const body = (name: string) => shellPod(name, 'true', spec);
    const a = expectJson(await cluster.admin.post(path, body('a')), 201);
    const b = expectJson(await cluster.admin.post(path, encodeProtobuf(body('b')), PROTOBUF), 201);
    expect(b.spec).toEqual(a.spec);
    expect(b.metadata.labels).toEqual({ a: '' });
    const unchanged = expectJson(await cluster.admin.put(`${path}/a`, encodeProtobuf(a), PROTOBUF));
    expect(unchanged).toEqual(a);
  });

  hub.test('an empty spec and status are shown; changes of a Namespace are not counted', async (cluster) => {
    const csr = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
    const lease = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
    const made = expectJson(await cluster.admin.post(lease, { metadata: { name: 'bare' } }), 201);
    expect(made.spec).toEqual({});
    expect(made.metadata.generation).toBeUndefined();
    const namespace = expectJson(
      await cluster.admin.post('/api/v1/namespaces', { metadata: { name: 'bare' } }),
      201,
    );
    expect(namespace).toMatchObject({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
    expect(namespace.metadata.generation).toBeUndefined();
    expect((await cluster.admin.post(csr, { metadata: { name: 'bare' }, spec: {} })).status).toBe(422);
  });
});
