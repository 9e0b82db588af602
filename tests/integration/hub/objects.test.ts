import { describe, expect } from 'bun:test';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { configMap, shellPod } from '../../cluster/objects.ts';

const hub = shareCluster();
const mapsIn = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;

describe('create', () => {
  hub.test('completes an object with what only the server says', async (cluster) => {
    const namespace = await cluster.namespace();
    const sent = configMap(
      'a',
      { key: 'value' },
      {
        uid: 'mine',
        creationTimestamp: '2001-01-01T00:00:00Z',
        deletionTimestamp: '2001-01-01T00:00:00Z',
        selfLink: '/mine',
      },
    );
    const object = expectJson(await cluster.admin.post(mapsIn(namespace), sent), 201);
    expect(object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { key: 'value' } });
    expect(object.metadata).toMatchObject({ name: 'a', namespace });
    expect(object.metadata.uid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(Date.now() - Date.parse(object.metadata.creationTimestamp)).toBeLessThan(60_000);
    expect(Number(object.metadata.resourceVersion)).toBeGreaterThan(0);
    expect(object.metadata.deletionTimestamp).toBeUndefined();
    expect(object.metadata.selfLink).toBeUndefined();
    expect(expectJson(await cluster.admin.get(`${mapsIn(namespace)}/a`))).toEqual(object);
  });

  hub.test('makes a fresh name from generateName', async (cluster) => {
    const namespace = await cluster.namespace();
    const body = { metadata: { generateName: 'job-' } };
    const names = await Promise.all(
      Array.from(
        { length: 20 },
        async () =>
          expectJson(await cluster.admin.post(mapsIn(namespace), body), 201).metadata.name as string,
      ),
    );
    expect(new Set(names).size).toBe(20);
    for (const name of names) expect(name).toMatch(/^job-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  hub.test('refuses a name that is taken with 409 AlreadyExists', async (cluster) => {
    const namespace = await cluster.namespace();
    expectJson(await cluster.admin.post(mapsIn(namespace), configMap('a')), 201);
    const status = expectFailure(
      await cluster.admin.post(mapsIn(namespace), configMap('a')),
      409,
      'AlreadyExists',
    );
    expect(status.message).toBe('configmaps "a" already exists');
    expect(status.details).toEqual({ name: 'a', kind: 'configmaps' });
  });

  hub.test('refuses a namespace that does not exist with 404', async (cluster) => {
    const status = expectFailure(
      await cluster.admin.post(mapsIn('nowhere'), configMap('a')),
      404,
      'NotFound',
    );
    expect(status.message).toBe('namespaces "nowhere" not found');
  });

  hub.test('refuses an object of another namespace than the request names', async (cluster) => {
    const namespace = await cluster.namespace();
    const body = configMap('a', {}, { namespace: 'default' });
    expectFailure(await cluster.admin.post(mapsIn(namespace), body), 400, 'BadRequest');
  });

  hub.test('refuses a resourceVersion on a new object', async (cluster) => {
    const namespace = await cluster.namespace();
    const body = configMap('a', {}, { resourceVersion: '5' });
    expectFailure(await cluster.admin.post(mapsIn(namespace), body), 400, 'BadRequest');
  });

  hub.test('with dryRun=All answers as if and keeps nothing', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = mapsIn(namespace);
    const object = expectJson(await cluster.admin.post(`${path}?dryRun=All`, configMap('a')), 201);
    expect(object.metadata.uid).toBeString();
    expectFailure(await cluster.admin.get(`${path}/a`), 404, 'NotFound');
    expectFailure(await cluster.admin.post(`${path}?dryRun=Some`, configMap('a')), 422, 'Invalid');
  });
});

describe('update', () => {
  hub.test('replaces an object and gives it a higher resourceVersion', async (cluster) => {
    const namespace = await cluster.namespace();
    const first = expectJson(await cluster.admin.post(mapsIn(namespace), configMap('a', { x: '1' })), 201);
    const second = expectJson(
      await cluster.admin.put(`${mapsIn(namespace)}/a`, { ...first, data: { y: '2' } }),
    );
    expect(second.data).toEqual({ y: '2' });
    expect(second.metadata.uid).toBe(first.metadata.uid);
    expect(second.metadata.creationTimestamp).toBe(first.metadata.creationTimestamp);
    expect(Number(second.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
  });

  hub.test("from an older state is a 409 Conflict in upstream's words", async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `${mapsIn(namespace)}/a`;
    const first = expectJson(await cluster.admin.post(mapsIn(namespace), configMap('a')), 201);
    expectJson(await cluster.admin.put(path, { ...first, data: { x: '1' } }));
    const status = expectFailure(
      await cluster.admin.put(path, { ...first, data: { x: '2' } }),
      409,
      'Conflict',
    );
    expect(status.message).toBe(
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  hub.test('of many writers from the same state lets one win', async (cluster) => {
    const namespace = await cluster.namespace();
    const first = expectJson(await cluster.admin.post(mapsIn(namespace), configMap('a')), 201);
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, writer) =>
        cluster.admin.put(`${mapsIn(namespace)}/a`, { ...first, data: { writer: `${writer}` } }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(15).fill(409)]);
  });

  hub.test('that changes nothing writes nothing', async (cluster) => {
    const namespace = await cluster.namespace();
    const first = expectJson(await cluster.admin.post(mapsIn(namespace), configMap('a')), 201);
    const second = expectJson(await cluster.admin.put(`${mapsIn(namespace)}/a`, first));
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  hub.test(
    'of an object that does not exist is 404, of another name 400, of another uid 409',
    async (cluster) => {
      const namespace = await cluster.namespace();
      const path = mapsIn(namespace);
      expectFailure(await cluster.admin.put(`${path}/a`, configMap('a')), 404, 'NotFound');
      expectJson(await cluster.admin.post(path, configMap('a')), 201);
      expectFailure(await cluster.admin.put(`${path}/a`, configMap('b')), 400, 'BadRequest');
      const other = configMap('a', {}, { uid: '00000000-0000-4000-8000-000000000000' });
      expectFailure(await cluster.admin.put(`${path}/a`, other), 409, 'Conflict');
    },
  );

  hub.test('refuses to change an immutable ConfigMap with 422', async (cluster) => {
    const namespace = await cluster.namespace();
    const body = { ...configMap('a', { x: '1' }), immutable: true };
    const first = expectJson(await cluster.admin.post(mapsIn(namespace), body), 201);
    const status = expectFailure(
      await cluster.admin.put(`${mapsIn(namespace)}/a`, { ...first, data: { x: '2' } }),
      422,
      'Invalid',
    );
    expect(status.message).toContain('field is immutable when `immutable` is set');
  });
});

describe('patch', () => {
  hub.test('merges: null removes, objects merge, lists are replaced', async (cluster) => {
    const namespace = await cluster.namespace();
    const body = configMap('a', { keep: '1', drop: '2' }, { finalizers: ['test.dev/a', 'test.dev/b'] });
    expectJson(await cluster.admin.post(mapsIn(namespace), body), 201);
    const patched = expectJson(
      await cluster.admin.patch(`${mapsIn(namespace)}/a`, 'merge', {
        data: { drop: null, add: '3' },
        metadata: { finalizers: ['test.dev/c'] },
      }),
    );
    expect(patched.data).toEqual({ keep: '1', add: '3' });
    expect(patched.metadata.finalizers).toEqual(['test.dev/c']);
  });

  hub.test('applies JSON patches, and refuses those that do not apply', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `${mapsIn(namespace)}/a`;
    expectJson(await cluster.admin.post(mapsIn(namespace), configMap('a', { x: '1' })), 201);
    const patched = expectJson(
      await cluster.admin.patch(path, 'json', [
        { op: 'test', path: '/data/x', value: '1' },
        { op: 'replace', path: '/data/x', value: '2' },
        { op: 'add', path: '/metadata/labels', value: { a: 'b' } },
      ]),
    );
    expect(patched.data).toEqual({ x: '2' });
    expect(patched.metadata.labels).toEqual({ a: 'b' });
    const failedTest = [{ op: 'test', path: '/data/x', value: '1' }];
    expectFailure(await cluster.admin.patch(path, 'json', failedTest), 422, 'Invalid');
    expectFailure(await cluster.admin.patch(path, 'json', { not: 'a list' }), 400, 'BadRequest');
    expectFailure(
      await cluster.admin.patch(path, 'json', [{ op: 'jump', path: '/data' }]),
      400,
      'BadRequest',
    );
  });

  hub.test('of a field that the kind does not have is 422 with fieldValidation=Strict', async (cluster) => {
    const namespace = await cluster.namespace();
    expectJson(await cluster.admin.post(mapsIn(namespace), configMap('a')), 201);
    const path = `${mapsIn(namespace)}/a?fieldValidation=Strict`;
    const status = expectFailure(await cluster.admin.patch(path, 'merge', { dota: {} }), 422, 'Invalid');
    expect(status.message).toContain('unknown field "dota"');
  });

  hub.test('with a resourceVersion is a 409 Conflict when that is not the current one', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `${mapsIn(namespace)}/a`;
    const first = expectJson(await cluster.admin.post(mapsIn(namespace), configMap('a')), 201);
    expectJson(await cluster.admin.patch(path, 'merge', { data: { x: '1' } }));
    const { resourceVersion } = first.metadata;
    const late = { metadata: { resourceVersion }, data: { x: '2' } };
    expectFailure(await cluster.admin.patch(path, 'merge', late), 409, 'Conflict');
  });

  hub.test('of many writers without a resourceVersion loses none', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `${mapsIn(namespace)}/a`;
    expectJson(await cluster.admin.post(mapsIn(namespace), configMap('a')), 201);
    const keys = Array.from({ length: 8 }, (_, writer) => `key-${writer}`);
    const patchUntilTaken = async (key: string): Promise<void> => {
      const { status } = await cluster.admin.patch(path, 'merge', { data: { [key]: 'x' } });
      if (status === 409) return patchUntilTaken(key);
      expect(status).toBe(200);
    };
    await Promise.all(keys.map(patchUntilTaken));
    expect(Object.keys(expectJson(await cluster.admin.get(path)).data).sort()).toEqual(keys);
  });

  hub.test('cannot change what only the server says', async (cluster) => {
    const namespace = await cluster.namespace();
    const first = expectJson(await cluster.admin.post(mapsIn(namespace), configMap('a')), 201);
    const metadata = { creationTimestamp: '2001-01-01T00:00:00Z', deletionTimestamp: '2001-01-01T00:00:00Z' };
    const patched = expectJson(await cluster.admin.patch(`${mapsIn(namespace)}/a`, 'merge', { metadata }));
    expect(patched.metadata.creationTimestamp).toBe(first.metadata.creationTimestamp);
    expect(patched.metadata.deletionTimestamp).toBeUndefined();
  });
});

describe('generation and status', () => {
  const podsIn = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;

  hub.test('generation counts changes of the spec only', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `${podsIn(namespace)}/a`;
    const pod = expectJson(await cluster.admin.post(podsIn(namespace), shellPod('a', 'true')), 201);
    expect(pod.metadata.generation).toBe(1);
    const labelled = expectJson(
      await cluster.admin.patch(path, 'merge', { metadata: { labels: { a: 'b' } } }),
    );
    expect(labelled.metadata.generation).toBe(1);
    const image = [{ op: 'replace', path: '/spec/containers/0/image', value: 'other:1' }];
    const changed = expectJson(await cluster.admin.patch(path, 'json', image));
    expect(changed.metadata.generation).toBe(2);
  });

  hub.test('the status is not written with the object, nor the object with the status', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `${podsIn(namespace)}/a`;
    const body = { ...shellPod('a', 'true'), status: { phase: 'Running' } };
    const pod = expectJson(await cluster.admin.post(podsIn(namespace), body), 201);
    expect(pod.status.phase).toBe('Pending');
    const put = expectJson(await cluster.admin.put(path, { ...pod, status: { phase: 'Running' } }));
    expect(put.status.phase).toBe('Pending');
    const withStatus = {
      ...put,
      metadata: { ...put.metadata, labels: { a: 'b' } },
      spec: { ...put.spec, activeDeadlineSeconds: 5 },
      status: { ...put.status, phase: 'Running', message: 'from the node' },
    };
    const updated = expectJson(await cluster.admin.put(`${path}/status`, withStatus));
    expect(updated.status).toMatchObject({ phase: 'Running', message: 'from the node' });
    expect(updated.spec.activeDeadlineSeconds).toBeUndefined();
    expect(updated.metadata.generation).toBe(1);
    const patched = expectJson(
      await cluster.admin.patch(`${path}/status`, 'merge', { status: { message: 'again' } }),
    );
    expect(patched.status).toMatchObject({ phase: 'Running', message: 'again' });
    expect(expectJson(await cluster.admin.get(`${path}/status`)).status.message).toBe('again');
  });
});

describe('binding', () => {
  hub.test('puts a pod on a node once, and changes nothing else', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const before = expectJson(await cluster.admin.post(path, shellPod('a', 'true')), 201);
    const binding = { metadata: { name: 'a' }, target: { kind: 'Node', name: 'node-x' } };
    expectJson(await cluster.admin.post(`${path}/a/binding`, binding), 201);
    const { metadata, spec, status } = expectJson(await cluster.admin.get(`${path}/a`));
    expect(spec.nodeName).toBe('node-x');
    expect(status.conditions).toMatchObject([{ type: 'PodScheduled', status: 'True' }]);
    expect({ ...metadata, resourceVersion: '' }).toEqual({ ...before.metadata, resourceVersion: '' });
    expectFailure(await cluster.admin.post(`${path}/a/binding`, binding), 409, 'Conflict');
  });
});

describe('delete', () => {
  hub.test('removes an object and answers with a Status that names it', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `${mapsIn(namespace)}/a`;
    const { metadata } = expectJson(await cluster.admin.post(mapsIn(namespace), configMap('a')), 201);
    const status = expectJson(await cluster.admin.delete(path));
    expect(status).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: metadata.uid },
    });
    expectFailure(await cluster.admin.get(path), 404, 'NotFound');
    expectFailure(await cluster.admin.delete(path), 404, 'NotFound');
  });

  hub.test('heeds preconditions on uid and resourceVersion', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `${mapsIn(namespace)}/a`;
    const { metadata } = expectJson(await cluster.admin.post(mapsIn(namespace), configMap('a')), 201);
    const options = { apiVersion: 'v1', kind: 'DeleteOptions' };
    const wrong = [{ uid: 'other' }, { resourceVersion: '1' }];
    for (const preconditions of wrong)
      expectFailure(await cluster.admin.delete(path, { ...options, preconditions }), 409, 'Conflict');
    const { uid, resourceVersion } = metadata;
    expectJson(await cluster.admin.delete(path, { ...options, preconditions: { uid, resourceVersion } }));
  });

  hub.test(
    'waits for finalizers: the object stays with a deletionTimestamp until the last is gone',
    async (cluster) => {
      const namespace = await cluster.namespace();
      const path = `${mapsIn(namespace)}/a`;
      const body = configMap('a', {}, { finalizers: ['test.dev/one', 'test.dev/two'] });
      expectJson(await cluster.admin.post(mapsIn(namespace), body), 201);
      const waiting = expectJson(await cluster.admin.delete(path));
      expect(waiting).toMatchObject({ kind: 'ConfigMap', metadata: { deletionGracePeriodSeconds: 0 } });
      const { deletionTimestamp } = waiting.metadata;
      expect(Date.parse(deletionTimestamp)).toBeGreaterThan(Date.now() - 60_000);
      const again = expectJson(await cluster.admin.delete(path));
      expect(again.metadata.deletionTimestamp).toBe(deletionTimestamp);
      const one = { metadata: { finalizers: ['test.dev/two'] } };
      expect(expectJson(await cluster.admin.patch(path, 'merge', one)).metadata.finalizers).toEqual([
        'test.dev/two',
      ]);
      const more = { metadata: { finalizers: ['test.dev/two', 'test.dev/three'] } };
      const status = expectFailure(await cluster.admin.patch(path, 'merge', more), 422, 'Invalid');
      expect(status.message).toContain('no new finalizers can be added if the object is being deleted');
      expectJson(await cluster.admin.patch(path, 'merge', { metadata: { finalizers: null } }));
      expectFailure(await cluster.admin.get(path), 404, 'NotFound');
    },
  );

  hub.test('of a collection deletes what the selectors pick', async (cluster) => {
    const namespace = await cluster.namespace();
    for (const [name, tier] of [
      ['a', 'x'],
      ['b', 'x'],
      ['c', 'y'],
    ])
      expectJson(
        await cluster.admin.post(mapsIn(namespace), configMap(name!, {}, { labels: { tier } })),
        201,
      );
    expectJson(await cluster.admin.delete(`${mapsIn(namespace)}?labelSelector=tier%3Dx`));
    const left = expectJson(await cluster.admin.get(mapsIn(namespace)));
    expect(left.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['c']);
  });

  hub.test('of a system namespace is forbidden', async (cluster) => {
    for (const name of ['default', 'kube-system'])
      expectFailure(await cluster.admin.delete(`/api/v1/namespaces/${name}`), 403, 'Forbidden');
  });
});
