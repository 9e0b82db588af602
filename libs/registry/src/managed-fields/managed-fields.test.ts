import { expect, test } from 'bun:test';
import { configMaps, FieldSet, formatTime, type ManagedFieldsEntry, serverSideApply } from '@hawser/api';
import type { AnyObject } from '../any-object.ts';
import { configMap, TestRegistry, writer } from '../resource.testing.ts';
import type { Resource } from '../resource.ts';
import { createObject } from '../verbs/create.ts';
import { updateObject } from '../verbs/update.ts';

const NAMESPACE = 'default';

/** Applies as the API server does. */
async function apply(resource: Resource, manager: string, data: Record<string, string>): Promise<AnyObject> {
  const now = formatTime(resource.clock.now());
  const change = (current: AnyObject) =>
    serverSideApply(configMaps, {
      config: { ...configMap('a', data) },
      live: current.metadata.uid === undefined ? undefined : current,
      ignored: FieldSet.EMPTY,
      manager,
      apiVersion: 'v1',
      subresource: '',
      force: true,
      now,
    }) as AnyObject;
  const request = { namespace: NAMESPACE, name: 'a', subresource: '', change, mayCreate: () => {} };
  const { entry } = await updateObject(resource, { ...request, createsMissing: true }, writer);
  return entry.object;
}

async function update(resource: Resource, manager: string, data: Record<string, string>): Promise<AnyObject> {
  const change = (current: AnyObject) => ({
    ...current,
    data: { ...(current['data'] as object), ...data },
  });
  const request = { namespace: NAMESPACE, name: 'a', subresource: '', change };
  const { entry } = await updateObject(resource, request, { ...writer, fieldManager: () => manager });
  return entry.object;
}

const entriesOf = ({ metadata }: AnyObject): ManagedFieldsEntry[] => metadata.managedFields ?? [];

test('who owns what of an object that is not applied is not asked', async () => {
  await using registry = await TestRegistry.open();
  const maps = registry.of(configMaps);
  const asked = () => {
    throw new Error('the manager was asked for');
  };
  const context = { ...writer, fieldManager: asked };
  await createObject(maps, NAMESPACE, configMap('a', { a: '1' }), context);
  const change = (current: AnyObject) => ({ ...current, data: { a: '2' } });
  await updateObject(maps, { namespace: NAMESPACE, name: 'a', subresource: '', change }, context);
  expect(maps.cache.entry(NAMESPACE, 'a')!.json.toString()).not.toContain('managedFields');
});

test('an apply that changes nothing writes nothing, however much later', async () => {
  await using registry = await TestRegistry.open();
  const maps = registry.of(configMaps);
  const first = await apply(maps, 'one', { a: '1' });
  registry.clock.advance(5_000);
  expect(await apply(maps, 'one', { a: '1' })).toEqual(first);
  expect(await apply(maps, 'one', { a: '2' })).not.toEqual(first);
});

test('a time is that of the last change that its manager made', async () => {
  await using registry = await TestRegistry.open();
  const maps = registry.of(configMaps);
  const times = (object: AnyObject) =>
    Object.fromEntries(entriesOf(object).map(({ manager, time }) => [manager, time]));
  const start = formatTime(registry.clock.now());
  await apply(maps, 'one', { a: '1', b: '1' });
  registry.clock.advance(5_000);
  const later = formatTime(registry.clock.now());
  expect(times(await update(maps, 'two', { a: '2' }))).toEqual({ one: start, two: later });
});

test('of those who update the ten last are told apart', async () => {
  await using registry = await TestRegistry.open();
  const maps = registry.of(configMaps);
  await apply(maps, 'one', { a: '1' });
  for (let i = 0; i < 13; i += 1) {
    registry.clock.advance(1_000);
    await update(maps, `m${i}`, { [`k${i}`]: 'x' });
  }
  const entries = entriesOf(maps.cache.entry(NAMESPACE, 'a')!.object);
  expect(entries.map(({ manager }) => manager)).toEqual([
    'one',
    'ancient-changes',
    ...Array.from({ length: 9 }, (_, i) => `m${i + 4}`),
  ]);
  expect(entries[1]!.fieldsV1).toEqual({ 'f:data': { 'f:k0': {}, 'f:k1': {}, 'f:k2': {}, 'f:k3': {} } });
});

test('who owns nothing more is not named', async () => {
  await using registry = await TestRegistry.open();
  const maps = registry.of(configMaps);
  await apply(maps, 'one', { a: '1' });
  const managers = entriesOf(await update(maps, 'two', { a: '2' })).map(({ manager }) => manager);
  expect(managers).toEqual(['two']);
});
