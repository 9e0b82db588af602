import { beforeEach, expect, test } from 'bun:test';
import { events, eventsV1Events } from '@hawser/api';
import type { AnyObject } from '../any-object.ts';
import { servedBytes, storedBytes } from '../encoding/object-bytes.ts';
import { ConvertedCache } from './converted-cache.ts';
import { type CacheEvent, type Entry, KindCache } from './kind-cache.ts';

let stored: KindCache;
let converted: ConvertedCache;

beforeEach(() => {
  stored = new KindCache(events, 1);
  const { storedAs } = eventsV1Events;
  converted = new ConvertedCache({ ...eventsV1Events, storedAs: storedAs! } as never, stored);
});

function entry(name: string, revision: number, message: string): Entry {
  const metadata = { name, namespace: 'ns', resourceVersion: `${revision}` };
  const object = { kind: 'Event', apiVersion: 'v1', metadata, involvedObject: {}, message } as AnyObject;
  const json = servedBytes(events, storedBytes(events, object), revision);
  return { key: `/registry/events/ns/${name}`, object, json, revision };
}

test('shows what stands in the other version, its bytes as well', () => {
  stored.load(entry('a', 3, 'done'));
  const found = converted.entry('ns', 'a')!;
  expect(found.object).toMatchObject({ apiVersion: 'events.k8s.io/v1', note: 'done' });
  expect(JSON.parse(found.json.toString())).toEqual(found.object);
  expect(found).toMatchObject({ revision: 3, key: '/registry/events/ns/a' });
  expect(converted.entries('ns').map(({ object }) => object['note'])).toEqual(['done']);
  expect([converted.size, converted.version]).toEqual([1, 3]);
});

test('converts once for all readers', () => {
  stored.load(entry('a', 3, 'done'));
  expect(converted.entry('ns', 'a')).toBe(converted.entries()[0]!);
  const seen: CacheEvent[] = [];
  const listener = { event: (event: CacheEvent) => void seen.push(event), failed: () => {} };
  using _one = converted.subscribe(listener);
  using _two = converted.subscribe(listener);
  stored.apply('/registry/events/ns/a', 4, entry('a', 4, 'again'));
  expect(seen).toHaveLength(2);
  expect(seen[0]).toBe(seen[1]!);
  expect(converted.eventsAfter(3)).toEqual([seen[0]!]);
  expect(converted.eventsAfter(3)![0]).toBe(seen[0]!);
});

test('tells of changes and deletions with what was before', () => {
  stored.load(entry('a', 3, 'done'));
  const seen: CacheEvent[] = [];
  using _watching = converted.subscribe({ event: (event) => void seen.push(event), failed: () => {} });
  stored.apply('/registry/events/ns/a', 4, entry('a', 4, 'again'));
  stored.apply('/registry/events/ns/a', 5, null);
  expect(
    seen.map(({ type, revision, entry: now, previous }) => [
      type,
      revision,
      now.object['note'],
      now.object.metadata.resourceVersion,
      previous?.object['note'],
    ]),
  ).toEqual([
    ['MODIFIED', 4, 'again', '4', 'done'],
    ['DELETED', 5, 'again', '5', 'again'],
  ]);
  expect(JSON.parse(seen[1]!.entry.json.toString()).metadata.resourceVersion).toBe('5');
});

test('does not keep a past that is no longer kept', () => {
  expect(converted.eventsAfter(0)).toBeUndefined();
});
