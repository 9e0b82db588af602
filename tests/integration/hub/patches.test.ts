import { describe, expect } from 'bun:test';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import type { Json } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const STRATEGIC = 'application/strategic-merge-patch+json';

async function makeMap(cluster: Cluster, more: object = {}): Promise<string> {
  const path = `/api/v1/namespaces/${await cluster.namespace()}/configmaps`;
  expectJson(await cluster.admin.post(path, { metadata: { name: 'a' }, ...more }), 201);
  return `${path}/a`;
}

async function makePod(cluster: Cluster): Promise<string> {
  const path = `/api/v1/namespaces/${await cluster.namespace()}/pods`;
  const ports = [
    { containerPort: 53, protocol: 'TCP' },
    { containerPort: 53, protocol: 'UDP' },
  ];
  const spec = { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i', ports }] };
  expectJson(await cluster.admin.post(path, { metadata: { name: 'a' }, spec }), 201);
  return `${path}/a`;
}

describe('a JSON patch', () => {
  hub.test('tests, adds, removes, replaces, moves and copies', async (cluster) => {
    const path = await makeMap(cluster, { data: { a: '1', b: '2', c: '3' } });
    const { data } = expectJson(
      await cluster.admin
        .patch(path, 'json', [
          { op: 'test', path: '/data/a', value: '1' },
          { op: 'move', from: '/data/a', path: '/data/d' },
          { op: 'copy', from: '/data/b', path: '/data/e' },
          { op: 'remove', path: '/data/c' },
          { op: 'replace', path: '/data/b', value: '4' },
          { op: 'add', path: '/data/x~1y', value: '5' },
        ])
        .then((answer) => {
          // A key with a slash is no key of a ConfigMap: nothing of the patch is done.
          expectFailure(answer, 422, 'Invalid');
          return cluster.admin.patch(path, 'json', [
            { op: 'test', path: '/data/a', value: '1' },
            { op: 'move', from: '/data/a', path: '/data/d' },
            { op: 'copy', from: '/data/b', path: '/data/e' },
            { op: 'remove', path: '/data/c' },
            { op: 'replace', path: '/data/b', value: '4' },
          ]);
        }),
    );
    expect(data).toEqual({ b: '4', d: '1', e: '2' });
  });

  const inapplicable: { name: string; patch: object }[] = [
    { name: 'a test that fails', patch: { op: 'test', path: '/data/a', value: '2' } },
    { name: 'what is not there', patch: { op: 'remove', path: '/data/z' } },
    { name: 'the item after the last', patch: { op: 'add', path: '/metadata/finalizers/7', value: 'a/b' } },
    { name: 'an item by name', patch: { op: 'add', path: '/metadata/finalizers/first', value: 'a/b' } },
    { name: 'a place below text', patch: { op: 'add', path: '/data/a/b', value: '1' } },
  ];
  for (const { name, patch } of inapplicable)
    hub.test(`that asks for ${name} is a 422`, async (cluster) => {
      const finalizers = ['example.com/hold'];
      const path = await makeMap(cluster, { metadata: { name: 'a', finalizers }, data: { a: '1' } });
      expectFailure(await cluster.admin.patch(path, 'json', [patch]), 422, 'Invalid');
      expectJson(await cluster.admin.patch(path, 'json', [{ op: 'remove', path: '/metadata/finalizers' }]));
    });
});

describe('a strategic merge patch', () => {
  hub.test('that cannot be carried out is a 400 that says why', async (cluster) => {
    const path = await makePod(cluster);
    const messageOf = async (patch: object) =>
      expectFailure(await cluster.admin.patch(path, STRATEGIC, patch), 400, 'BadRequest').message;
    expect(await messageOf({ spec: { containers: [{ image: 'j' }] } })).toBe(
      'map: map[image] does not contain declared merge key: name',
    );
    expect(await messageOf({ metadata: { $patch: 'shuffle' } })).toBe(
      'unknown patch type: shuffle in map: map[]',
    );
  });

  hub.test('leaves ports alone that share a number', async (cluster) => {
    const path = await makePod(cluster);
    const patch = { metadata: { labels: { a: '1' } }, spec: { containers: [{ name: 'c', image: 'j' }] } };
    const { spec } = expectJson(await cluster.admin.patch(path, STRATEGIC, patch));
    expect(spec.containers[0].image).toBe('j');
    expect(spec.containers[0].ports).toHaveLength(2);
  });

  hub.test('of the status changes the status alone', async (cluster) => {
    const path = await makePod(cluster);
    const conditions = [{ type: 'Ready', status: 'True' }];
    const patch = { spec: { containers: [{ name: 'c', image: 'j' }] }, status: { conditions } };
    const patched = expectJson(await cluster.admin.patch(`${path}/status`, STRATEGIC, patch));
    expect(patched.status.conditions).toEqual(conditions);
    expect(patched.spec.containers[0].image).toBe('i');
    const more = { status: { conditions: [{ type: 'Initialized', status: 'True' }] } };
    const { status } = expectJson(await cluster.admin.patch(`${path}/status`, STRATEGIC, more));
    expect(status.conditions.map(({ type }: Json) => type).sort()).toEqual(['Initialized', 'Ready']);
  });
});

describe('a merge patch', () => {
  hub.test('does not make a thing of another kind', async (cluster) => {
    const path = await makeMap(cluster);
    const status = expectFailure(await cluster.admin.patch(path, 'merge', { kind: 'Pod' }), 422, 'Invalid');
    expect(status.message).toBe(
      ' "" is invalid: patch: Invalid value: "": unable to decode v1, Kind=Pod into ConfigMap',
    );
    expectFailure(
      await cluster.admin.patch(path, 'json', [{ op: 'replace', path: '', value: null }]),
      422,
      'Invalid',
    );
  });
});

describe.each(['merge', STRATEGIC])('a patch (%s)', (type) => {
  hub.test('that makes the object invalid is a 422 with its causes', async (cluster) => {
    const path = await makeMap(cluster);
    const status = expectFailure(
      await cluster.admin.patch(path, type, { metadata: { labels: { a: '-' } }, data: { 'a b': '' } }),
      422,
      'Invalid',
    );
    expect(status.details).toMatchObject({ name: 'a', kind: 'ConfigMap' });
    expect(status.details.causes.map(({ field }: Json) => field)).toEqual(['metadata.labels', 'data[a b]']);
  });

  hub.test('that names an older version is a conflict', async (cluster) => {
    const path = await makeMap(cluster);
    const { resourceVersion } = expectJson(await cluster.admin.get(path)).metadata;
    expectJson(await cluster.admin.patch(path, type, { metadata: { resourceVersion }, data: { a: '1' } }));
    const late = { metadata: { resourceVersion }, data: { a: '2' } };
    const status = expectFailure(await cluster.admin.patch(path, type, late), 409, 'Conflict');
    expect(status.message).toBe(
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  hub.test('cannot make another object of it', async (cluster) => {
    const path = await makeMap(cluster);
    const patch = (metadata: object) => cluster.admin.patch(path, type, { metadata });
    expect(expectFailure(await patch({ name: 'b' }), 400, 'BadRequest').message).toBe(
      'the name of the object (b) does not match the name on the URL (a)',
    );
    expect(expectFailure(await patch({ namespace: 'b' }), 400, 'BadRequest').message).toContain(
      'the namespace of the object (b) does not match the namespace on the request',
    );
    expectFailure(await patch({ uid: 'b' }), 409, 'Conflict');
    const before = expectJson(await cluster.admin.get(path)).metadata;
    const kept = { creationTimestamp: '2000-01-01T00:00:00Z', generation: 7, deletionTimestamp: null };
    expect(expectJson(await patch(kept)).metadata).toEqual(before);
  });

  hub.test('is applied to what another writer left behind', async (cluster) => {
    const path = await makeMap(cluster);
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
    const answers = await Promise.all(
      keys.map((key) => cluster.admin.patch(path, type, { data: { [key]: '1' } })),
    );
    for (const answer of answers) expectJson(answer);
    expect(Object.keys(expectJson(await cluster.admin.get(path)).data).sort()).toEqual(keys.sort());
  });

  hub.test('may say nothing twice, nor what the kind does not have', async (cluster) => {
    const path = await makeMap(cluster);
    const text = '{"data":{"a":"1","a":"2"},"dota":{},"metadata":{"labels":{}}}';
    const faults = ['duplicate field "data.a"', 'unknown field "dota"'];
    const strict = await cluster.admin.patch(`${path}?fieldValidation=Strict`, type, text);
    const status = expectFailure(strict, 422, 'Invalid');
    expect(status.message).toContain(`strict decoding error: ${faults.join(', ')}`);
    expect(status.details.causes[0].field).toBe('patch');
    const warned = await cluster.admin.patch(path, type, text);
    expect(expectJson(warned).data).toEqual({ a: '2' });
    expect(warned.warnings).toEqual(faults.map((fault) => `299 - "${fault.replaceAll('"', '\\"')}"`));
    const ignored = await cluster.admin.patch(`${path}?fieldValidation=Ignore`, type, text);
    expectJson(ignored);
    expect(ignored.warnings).toEqual([]);
  });
});

describe('options of a write', () => {
  const cases: { query: string; message: string }[] = [
    {
      query: 'fieldValidation=Maybe',
      message:
        'fieldValidation: Unsupported value: "Maybe": supported values: "", "Ignore", "Strict", "Warn"',
    },
    { query: 'dryRun=Some', message: 'dryRun: Unsupported value: ["Some"]: supported values: "All"' },
    {
      query: 'fieldManager=a%07',
      message: 'fieldManager: Invalid value: "a\\u0007": invalid character U+0007 (at position 1)',
    },
    {
      query: `fieldManager=${'a'.repeat(129)}`,
      message: 'fieldManager: Too long: may not be more than 128 bytes',
    },
  ];
  for (const { query, message } of cases)
    hub.test(`${query.slice(0, 30)} is refused`, async (cluster) => {
      const path = await makeMap(cluster);
      const maps = path.slice(0, path.lastIndexOf('/'));
      const object = { metadata: { name: 'a' } };
      for (const [kind, answer] of [
        ['CreateOptions', await cluster.admin.post(`${maps}?${query}`, { metadata: { name: 'b' } })],
        ['UpdateOptions', await cluster.admin.put(`${path}?${query}`, object)],
        ['PatchOptions', await cluster.admin.patch(`${path}?${query}`, 'merge', object)],
      ] as const) {
        const status = expectFailure(answer, 422, 'Invalid');
        expect(status.message).toBe(`${kind}.meta.k8s.io "" is invalid: ${message}`);
      }
    });

  hub.test('force is for those who apply', async (cluster) => {
    const path = await makeMap(cluster);
    const status = expectFailure(
      await cluster.admin.patch(`${path}?force=true`, 'merge', {}),
      422,
      'Invalid',
    );
    expect(status.message).toBe(
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    );
  });
});

describe('what is accepted and yet remarkable', () => {
  hub.test('is warned of, in pods and in what makes them', async (cluster) => {
    const namespace = await cluster.namespace();
    const nodeSelector = { 'beta.kubernetes.io/os': 'linux' };
    const containers = [{ name: 'c', image: 'i' }];
    const spec = { automountServiceAccountToken: false, nodeSelector, containers };
    const pod = await cluster.admin.post(`/api/v1/namespaces/${namespace}/pods`, {
      metadata: { name: 'a' },
      spec,
    });
    expectJson(pod, 201);
    expect(pod.warnings).toEqual([
      '299 - "spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \\"kubernetes.io/os\\" instead"',
    ]);
    const template = { metadata: { labels: { a: 'b' } }, spec };
    const deployment = await cluster.admin.post(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
      metadata: { name: 'a' },
      spec: { selector: { matchLabels: { a: 'b' } }, template },
    });
    expectJson(deployment, 201);
    expect(deployment.warnings).toEqual([
      '299 - "spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \\"kubernetes.io/os\\" instead"',
    ]);
  });
});
