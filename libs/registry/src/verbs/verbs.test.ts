import { describe, expect, test } from 'bun:test';
import { ApiError, configMaps, namespaces, pods, secrets } from '@hawser/api';
import type { AnyObject } from '../any-object.ts';
import { configMap, secretsUnder, TestRegistry, writer } from '../resource.testing.ts';
import { createObject } from './create.ts';
import { deleteObject } from './delete.ts';
import { type ListRequest, listObjects } from './list.ts';
import { parseSelection, type Selection } from './selection.ts';
import { updateObject } from './update.ts';
import { type WatchRequest, watchObjects } from './watch.ts';

const everything = parseSelection(configMaps, '', '');
const listAll: ListRequest = {
  namespace: 'a',
  selection: everything,
  limit: 0,
  continueToken: '',
  resourceVersion: '',
  resourceVersionMatch: '',
  sendInitialEvents: undefined,
};
const watchAll: WatchRequest = {
  namespace: 'a',
  selection: everything,
  resourceVersion: '',
  resourceVersionMatch: '',
  continueToken: '',
  sendInitialEvents: undefined,
  allowWatchBookmarks: false,
};

async function refusal(promise: Promise<unknown>): Promise<ApiError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

function collect(registry: TestRegistry, request: WatchRequest) {
  const seen: string[] = [];
  const watching = watchObjects(
    registry.of(configMaps),
    request,
  )({
    event: ({ type, entry }) => seen.push(`${type} ${entry.object.metadata.name} ${entry.revision}`),
    bookmark: (revision, end) => seen.push(`BOOKMARK ${revision}${end ? ' end' : ''}`),
    failed: (error) => seen.push(`FAILED ${error}`),
  });
  return { seen, watching };
}

const change =
  (data: Record<string, string>, metadata: object = {}) =>
  (current: AnyObject) => ({
    ...current,
    metadata: { ...current.metadata, ...metadata },
    data,
  });

describe('create', () => {
  test('completes what the server alone says, and serves the bytes that were stored', async () => {
    await using registry = await TestRegistry.open();
    const entry = await createObject(
      registry.of(configMaps),
      'a',
      configMap('x', { k: 'v' }, { uid: 'mine', generation: 7 }),
      writer,
    );
    const served = JSON.parse(entry.json.toString());
    expect(served).toEqual(entry.object);
    expect(served.metadata).toEqual({
      resourceVersion: '1',
      name: 'x',
      namespace: 'a',
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      creationTimestamp: '2026-01-01T00:00:00Z',
    });
    await registry.restart();
    expect(registry.of(configMaps).cache.entry('a', 'x')?.json).toEqual(entry.json);
  });

  test('makes names, and refuses one that is taken', async () => {
    await using registry = await TestRegistry.open();
    const resource = registry.of(configMaps);
    const unnamed = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { generateName: 'x-' },
    } as unknown as AnyObject;
    const { object } = await createObject(resource, 'a', unnamed, writer);
    expect(object.metadata.name).toMatch(/^x-[a-z0-9]{5}$/);
    const error = await refusal(createObject(resource, 'a', configMap(object.metadata.name), writer));
    expect([error.reason, error.message]).toEqual([
      'AlreadyExists',
      `configmaps "${object.metadata.name}" already exists`,
    ]);
  });

  test('says every fault with its field', async () => {
    await using registry = await TestRegistry.open();
    const bad = configMap('Upper', { 'a/b': 'x' }, { labels: { '-': 'x' } });
    const error = await refusal(createObject(registry.of(configMaps), 'a', bad, writer));
    expect(error.reason).toBe('Invalid');
    expect(error.details?.causes?.map(({ field }) => field)).toEqual([
      'metadata.name',
      'metadata.labels',
      'data[a/b]',
    ]);
    expect(error.message).toStartWith(
      'ConfigMap "Upper" is invalid: [metadata.name: Invalid value: "Upper": a lowercase RFC 1123',
    );
  });

  test('a dry run of what exists is refused as the real thing', async () => {
    await using registry = await TestRegistry.open();
    await createObject(registry.of(configMaps), 'a', configMap('x'), writer);
    const again = createObject(registry.of(configMaps), 'a', configMap('x'), { ...writer, dryRun: true });
    expect((await refusal(again)).reason).toBe('AlreadyExists');
  });

  test('a dry run answers and keeps nothing', async () => {
    await using registry = await TestRegistry.open();
    await createObject(registry.of(configMaps), 'a', configMap('x'), { ...writer, dryRun: true });
    expect(registry.of(configMaps).cache.size).toBe(0);
    expect(await registry.store.currentRevision()).toBe(0);
  });

  test('stores Secrets encrypted, bound to their key, and reads them back', async () => {
    await using registry = await TestRegistry.open();
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      stringData: { password: 'hunter2' },
    };
    await createObject(registry.of(secrets), 'a', secret as unknown as AnyObject, writer);
    const stored = Buffer.from((await registry.store.get('/registry/secrets/a/s'))!.value);
    expect(stored.toString('latin1')).toStartWith('k8s:enc:aesgcm:v1:key1:');
    expect(stored.includes(Buffer.from('hunter2').toString('base64'))).toBe(false);
    await registry.restart();
    expect(registry.of(secrets).cache.entry('a', 's')?.object['data']).toEqual({ password: 'aHVudGVyMg==' });
    registry.cacher[Symbol.dispose]();
    await registry.store.commit({ key: '/registry/secrets/a/t', value: stored, expectedRevision: 0 });
    await registry.restart();
    const { cache } = registry.of(secrets);
    const why =
      'Internal error occurred: unable to transform key "/registry/secrets/a/t": cipher: message authentication failed';
    for (const read of [() => cache.entry('a', 't'), () => cache.entries('a'), () => cache.entries()])
      expect(read).toThrow(why);
    const all = parseSelection(secrets, '', '');
    const watch = {
      namespace: 'a',
      resourceVersion: '',
      allowWatchBookmarks: false,
      resourceVersionMatch: '',
    };
    const ask = (selection: Selection) => () =>
      watchObjects(registry.of(secrets), { ...watch, selection } as WatchRequest);
    expect(ask(all)).toThrow(why);
    expect(ask(parseSelection(secrets, '', 'metadata.name=t'))).toThrow(why);
    // What else there is can be read.
    const one = parseSelection(secrets, '', 'metadata.name=s');
    expect(ask(one)).not.toThrow();
    const request = { ...watch, sendInitialEvents: undefined, selection: one, limit: 0, continueToken: '' };
    expect((await listObjects(registry.of(secrets), request as ListRequest)).entries).toHaveLength(1);
    expect(cache.entry('a', 's')?.object.metadata.name).toBe('s');
    expect(cache.entries('b')).toEqual([]);
    const again = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 't' } };
    const created = createObject(registry.of(secrets), 'a', again as unknown as AnyObject, writer);
    expect((await refusal(created)).reason).toBe('InternalError');
  });

  test('writes anew what stands under an old key, though nothing changes', async () => {
    await using registry = await TestRegistry.open();
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } };
    await createObject(registry.of(secrets), 'a', secret as unknown as AnyObject, writer);
    const [before, after] = ['key1', 'key2'].map((name) => secretsUnder(name, 1)('secrets')!);
    const both = {
      ...after!,
      decrypt: (stored: Uint8Array, at: string) => {
        try {
          return after!.decrypt(stored, at);
        } catch {
          return before!.decrypt(stored, at);
        }
      },
    };
    registry.cacher.useTransformers((resource) => (resource === 'secrets' ? both : undefined));
    const same = () =>
      updateObject(
        registry.of(secrets),
        { namespace: 'a', name: 's', subresource: '', change: (current) => current },
        writer,
      );
    const prefix = async () =>
      Buffer.from((await registry.store.get('/registry/secrets/a/s'))!.value.subarray(0, 23)).toString();
    expect(await prefix()).toBe('k8s:enc:aesgcm:v1:key1:');
    const first = await same();
    expect(await prefix()).toBe('k8s:enc:aesgcm:v1:key2:');
    expect((await same()).entry.revision).toBe(first.entry.revision);
  });
});

describe('update', () => {
  test('needs the newest version where one is named, and writes nothing where nothing changes', async () => {
    await using registry = await TestRegistry.open();
    const resource = registry.of(configMaps);
    await createObject(resource, 'a', configMap('x', { k: '1' }), writer);
    const at = { namespace: 'a', name: 'x', subresource: '' };
    const second = await updateObject(resource, { ...at, change: change({ k: '2' }) }, writer);
    const stale = await refusal(
      updateObject(resource, { ...at, change: change({ k: '3' }, { resourceVersion: '1' }) }, writer),
    );
    expect([stale.reason, stale.message]).toEqual([
      'Conflict',
      'Operation cannot be fulfilled on configmaps "x": the object has been modified; please apply your changes to the latest version and try again',
    ]);
    const same = await updateObject(resource, { ...at, change: change({ k: '2' }) }, writer);
    expect(same.entry.revision).toBe(second.entry.revision);
  });

  test('a PUT that creates needs leave to, and takes the name of its path', async () => {
    await using registry = await TestRegistry.open();
    const resource = { ...registry.of(configMaps), strategy: { allowCreateOnUpdate: true } };
    const at = { namespace: 'a', name: 'x', subresource: '' };
    const forbid = () => {
      throw new ApiError('Forbidden', 'no');
    };
    const put = (name: string) => () => configMap(name);
    expect(
      (await refusal(updateObject(resource, { ...at, change: put('x'), mayCreate: forbid }, writer))).reason,
    ).toBe('Forbidden');
    expect(
      (await refusal(updateObject(resource, { ...at, change: put('y'), mayCreate: () => {} }, writer)))
        .reason,
    ).toBe('BadRequest');
    expect((await refusal(updateObject(resource, { ...at, change: put('x') }, writer))).reason).toBe(
      'NotFound',
    );
    expect(
      (await updateObject(resource, { ...at, change: put(''), mayCreate: () => {} }, writer)).created,
    ).toBe(true);
  });

  test('writers that name no version all succeed, one after another', async () => {
    await using registry = await TestRegistry.open();
    const resource = registry.of(configMaps);
    await createObject(resource, 'a', configMap('x'), writer);
    const add = (key: string) => (current: AnyObject) => ({
      ...current,
      data: { ...(current['data'] as object), [key]: '1' },
    });
    await Promise.all(
      [...'abcdefghijklmnopqrst'].map((key) =>
        updateObject(resource, { namespace: 'a', name: 'x', subresource: '', change: add(key) }, writer),
      ),
    );
    expect(Object.keys(resource.cache.entry('a', 'x')?.object['data'] as object)).toHaveLength(20);
  });

  test('the status and the rest are written apart, and only the rest counts as a new generation', async () => {
    await using registry = await TestRegistry.open();
    const resource = registry.of(pods);
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'c', image: 'i' }] },
      status: { phase: 'Running' },
    };
    const created = await createObject(resource, 'a', pod as unknown as AnyObject, writer);
    expect(created.object['status']).toMatchObject({ phase: 'Pending' });
    expect(created.object.metadata.generation).toBe(1);
    const both = (current: AnyObject) => ({
      ...current,
      spec: { ...(current['spec'] as object), activeDeadlineSeconds: 9 },
      status: { phase: 'Failed' },
    });
    const at = { namespace: 'a', name: 'p', change: both };
    const main = await updateObject(resource, { ...at, subresource: '' }, writer);
    expect(main.entry.object).toMatchObject({
      spec: { activeDeadlineSeconds: 9 },
      status: { phase: 'Pending' },
      metadata: { generation: 2 },
    });
    const status = await updateObject(
      resource,
      {
        ...at,
        subresource: 'status',
        change: (current) => ({ ...current, spec: {}, status: { phase: 'Failed' } }),
      },
      writer,
    );
    expect(status.entry.object).toMatchObject({
      spec: { activeDeadlineSeconds: 9 },
      status: { phase: 'Failed' },
      metadata: { generation: 2 },
    });
  });
});

describe('delete', () => {
  test('waits for finalizers, takes no new ones, and ends with the last', async () => {
    await using registry = await TestRegistry.open();
    const resource = registry.of(configMaps);
    await createObject(resource, 'a', configMap('x', {}, { finalizers: ['example.com/hold'] }), writer);
    const { removed, entry } = await deleteObject(resource, 'a', 'x', {}, writer);
    expect([removed, entry.object.metadata.deletionTimestamp]).toEqual([false, '2026-01-01T00:00:00Z']);
    const at = { namespace: 'a', name: 'x', subresource: '' };
    const more = await refusal(
      updateObject(
        resource,
        { ...at, change: change({}, { finalizers: ['example.com/hold', 'example.com/more'] }) },
        writer,
      ),
    );
    expect(more.message).toContain('no new finalizers can be added');
    const last = await updateObject(resource, { ...at, change: change({}, { finalizers: [] }) }, writer);
    expect(JSON.parse(last.entry.json.toString()).metadata.finalizers).toEqual([]);
    expect(resource.cache.entry('a', 'x')).toBeUndefined();
  });

  test('gives a running pod its grace, and none to one that runs nowhere', async () => {
    await using registry = await TestRegistry.open();
    const resource = registry.of(pods);
    const pod = (name: string, nodeName?: string) =>
      ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name },
        spec: { nodeName, containers: [{ name: 'c', image: 'i' }] },
      }) as unknown as AnyObject;
    await createObject(resource, 'a', pod('placed', 'node-1'), writer);
    await createObject(resource, 'a', pod('pending'), writer);
    expect((await deleteObject(resource, 'a', 'pending', {}, writer)).removed).toBe(true);
    const waiting = await deleteObject(resource, 'a', 'placed', {}, writer);
    expect(waiting.entry.object.metadata).toMatchObject({
      deletionGracePeriodSeconds: 30,
      deletionTimestamp: '2026-01-01T00:00:30Z',
    });
    const shorter = await deleteObject(resource, 'a', 'placed', { gracePeriodSeconds: 5 }, writer);
    expect(shorter.entry.object.metadata.deletionGracePeriodSeconds).toBe(5);
    expect((await deleteObject(resource, 'a', 'placed', { gracePeriodSeconds: 0 }, writer)).removed).toBe(
      true,
    );
  });

  test('keeps a namespace until its own finalizers are gone', async () => {
    await using registry = await TestRegistry.open();
    const resource = registry.of(namespaces);
    await createObject(
      resource,
      '',
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } },
      writer,
    );
    const { removed, entry } = await deleteObject(resource, '', 'n', {}, writer);
    expect([removed, entry.object['status']]).toEqual([false, { phase: 'Terminating' }]);
  });

  test('honours preconditions', async () => {
    await using registry = await TestRegistry.open();
    const resource = registry.of(configMaps);
    await createObject(resource, 'a', configMap('x'), writer);
    expect(
      (await refusal(deleteObject(resource, 'a', 'x', { preconditions: { uid: 'other' } }, writer))).reason,
    ).toBe('Conflict');
    expect(
      (await refusal(deleteObject(resource, 'a', 'x', { preconditions: { resourceVersion: '99' } }, writer)))
        .reason,
    ).toBe('Conflict');
    expect((await refusal(deleteObject(resource, 'a', 'gone', {}, writer))).reason).toBe('NotFound');
  });
});

describe('list', () => {
  test('pages show one moment while writes go on', async () => {
    await using registry = await TestRegistry.open();
    const resource = registry.of(configMaps);
    for (const name of ['a', 'b', 'c', 'd']) await createObject(resource, 'a', configMap(name), writer);
    const first = await listObjects(resource, { ...listAll, limit: 2 });
    expect([first.entries.map((e) => e.object.metadata.name), first.remainingItemCount]).toEqual([
      ['a', 'b'],
      2,
    ]);
    await deleteObject(resource, 'a', 'c', {}, writer);
    await createObject(resource, 'a', configMap('b2'), writer);
    const second = await listObjects(resource, { ...listAll, limit: 2, continueToken: first.continueToken! });
    expect([second.entries.map((e) => e.object.metadata.name), second.revision]).toEqual([
      ['c', 'd'],
      first.revision,
    ]);
    expect(second.continueToken).toBeUndefined();
    await registry.store.compact(await registry.store.currentRevision());
    expect(
      (await refusal(listObjects(resource, { ...listAll, limit: 2, continueToken: first.continueToken! })))
        .reason,
    ).toBe('Expired');
  });

  test('a token cannot lead out of the namespace that it is used in', async () => {
    await using registry = await TestRegistry.open();
    const resource = registry.of(configMaps);
    await createObject(resource, 'a', configMap('x'), writer);
    await createObject(resource, 'b', configMap('secret'), writer);
    await updateObject(
      resource,
      { namespace: 'b', name: 'secret', subresource: '', change: change({}) },
      writer,
    );
    for (const start of ['', 'a', 'a/', 'b/', '\u0000']) {
      const token = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: 2, start })).toString('base64url');
      const outcome = await listObjects(resource, { ...listAll, namespace: 'c', continueToken: token }).catch(
        (error) => error,
      );
      expect(outcome).toBeInstanceOf(ApiError);
    }
  });

  test('refuses versions that are not there yet, tokens that are not ours, and contradictions', async () => {
    await using registry = await TestRegistry.open();
    const resource = registry.of(configMaps);
    expect((await refusal(listObjects(resource, { ...listAll, resourceVersion: '99' }))).reason).toBe(
      'Timeout',
    );
    expect((await refusal(listObjects(resource, { ...listAll, continueToken: 'x' }))).reason).toBe(
      'BadRequest',
    );
    expect((await refusal(listObjects(resource, { ...listAll, resourceVersionMatch: 'Exact' }))).reason).toBe(
      'Invalid',
    );
    expect((await refusal(listObjects(resource, { ...listAll, resourceVersion: 'x' }))).reason).toBe(
      'BadRequest',
    );
  });

  test('selects by labels and fields, and refuses a field that the kind does not have', async () => {
    await using registry = await TestRegistry.open();
    const resource = registry.of(configMaps);
    await createObject(resource, 'a', configMap('x', {}, { labels: { app: 'web' } }), writer);
    await createObject(resource, 'a', configMap('y'), writer);
    const names = async (labels: string, fields: string) =>
      (
        await listObjects(resource, { ...listAll, selection: parseSelection(configMaps, labels, fields) })
      ).entries.map((e) => e.object.metadata.name);
    expect(await names('app=web', '')).toEqual(['x']);
    expect(await names('', 'metadata.name!=x')).toEqual(['y']);
    expect(() => parseSelection(configMaps, '', 'spec.nodeName=x')).toThrow(
      'field label not supported: spec.nodeName',
    );
  });
});

describe('watch', () => {
  test('tells what stands, then what changes', async () => {
    await using registry = await TestRegistry.open();
    const resource = registry.of(configMaps);
    await createObject(resource, 'a', configMap('x'), writer);
    await createObject(resource, 'b', configMap('elsewhere'), writer);
    const { seen, watching } = collect(registry, watchAll);
    await updateObject(
      resource,
      { namespace: 'a', name: 'x', subresource: '', change: change({ k: '1' }) },
      writer,
    );
    await deleteObject(resource, 'a', 'x', {}, writer);
    watching[Symbol.dispose]();
    await createObject(resource, 'a', configMap('late'), writer);
    expect(seen).toEqual(['ADDED x 1', 'MODIFIED x 3', 'DELETED x 4']);
  });

  test('goes on from a position, also across a restart', async () => {
    await using registry = await TestRegistry.open();
    await createObject(registry.of(configMaps), 'a', configMap('x'), writer);
    await createObject(registry.of(configMaps), 'a', configMap('y'), writer);
    await registry.restart();
    expect(collect(registry, { ...watchAll, resourceVersion: '1' }).seen).toEqual(['ADDED y 2']);
  });

  test('with a selector, coming to match is being added and ceasing to is being deleted', async () => {
    await using registry = await TestRegistry.open();
    const resource = registry.of(configMaps);
    const selection = parseSelection(configMaps, 'app=web', '');
    await createObject(resource, 'a', configMap('x'), writer);
    const { seen } = collect(registry, { ...watchAll, selection, resourceVersion: '1' });
    const label = (labels: object) =>
      updateObject(
        resource,
        {
          namespace: 'a',
          name: 'x',
          subresource: '',
          change: (o) => ({ ...o, metadata: { ...o.metadata, ...labels } }),
        },
        writer,
      );
    await label({ labels: { app: 'web' } });
    await label({ labels: { app: 'web', more: '1' } });
    await label({ labels: { app: 'db' } });
    expect(seen).toEqual(['ADDED x 2', 'MODIFIED x 3', 'DELETED x 4']);
  });

  test('marks the end of the initial events', async () => {
    await using registry = await TestRegistry.open();
    await createObject(registry.of(configMaps), 'a', configMap('x'), writer);
    const streaming = {
      ...watchAll,
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: true,
    };
    expect(collect(registry, streaming).seen).toEqual(['ADDED x 1', 'BOOKMARK 1 end']);
    expect(() => collect(registry, { ...streaming, resourceVersionMatch: '' })).toThrow(
      'requires setting resourceVersionMatch',
    );
  });

  test('a watcher that fails is told so and holds up nobody', async () => {
    await using registry = await TestRegistry.open();
    const resource = registry.of(configMaps);
    const failures: unknown[] = [];
    const failing = () => {
      throw new Error('cannot');
    };
    watchObjects(
      resource,
      watchAll,
    )({ event: failing, bookmark: failing, failed: (error) => failures.push(error) });
    const { seen } = collect(registry, watchAll);
    await createObject(resource, 'a', configMap('x'), writer);
    await createObject(resource, 'a', configMap('y'), writer);
    expect(failures).toEqual([new Error('cannot')]);
    expect(seen).toEqual(['ADDED x 1', 'ADDED y 2']);
  });

  test('a position that is no longer kept is gone', async () => {
    await using registry = await TestRegistry.open();
    const resource = registry.of(configMaps);
    await createObject(resource, 'a', configMap('x'), writer);
    await createObject(resource, 'a', configMap('y'), writer);
    await registry.store.compact(2);
    await registry.restart();
    expect(() => collect(registry, { ...watchAll, resourceVersion: '1' })).toThrow(
      'too old resource version: 1 (2)',
    );
  });
});
