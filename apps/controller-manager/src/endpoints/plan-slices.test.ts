import { describe, expect, test } from 'bun:test';
import type { Endpoint, EndpointSlice } from '@hawser/api';
import fc from 'fast-check';
import { slice } from './endpoints.testing.ts';
import { planSlices, type SliceState } from './plan-slices.ts';

const endpoint = (i: number, ready = true): Endpoint => ({
  addresses: [`10.1.${i >> 8}.${i & 255}`],
  conditions: { ready },
  targetRef: { kind: 'Pod', namespace: 'a', name: `p${i}` },
});
const many = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => endpoint(from + i));
const ports = [{ name: '', protocol: 'TCP', port: 80 }];
const group = (...endpoints: Endpoint[]) => ({ addressType: 'IPv4', ports, endpoints });
const labels = { l: 'v' };
const full = (name: string, ...endpoints: Endpoint[]) => slice(name, { labels, ports, endpoints });
const plan = (state: Partial<SliceState>) =>
  planSlices({ existing: [], wanted: [], labels, maxEndpoints: 10, placeholders: ['IPv4'], ...state });
const sizes = ({ create, update, remove }: ReturnType<typeof plan>) => ({
  create: create.map(({ endpoints }) => endpoints.length),
  update: update.map(({ metadata, endpoints }) => [metadata.name, endpoints.length]),
  remove: remove.map(({ metadata }) => metadata.name),
});

describe('a plan', () => {
  test('writes nothing where all is right, wherever it stands', () => {
    const existing = [full('a', endpoint(1), endpoint(2)), full('b', endpoint(3))];
    const wanted = [group(endpoint(3), endpoint(2), endpoint(1))];
    expect(plan({ existing, wanted })).toEqual({ create: [], update: [], remove: [] });
  });

  test('makes slices of at most so many endpoints', () => {
    expect(sizes(plan({ wanted: [group(...many(0, 25))] })).create).toEqual([10, 10, 5]);
  });

  test('changes the slice of an endpoint that changed, and fills it up', () => {
    const existing = [full('a', endpoint(1), endpoint(2)), full('b', ...many(3, 10))];
    const wanted = [group(endpoint(1, false), endpoint(2), ...many(3, 12))];
    expect(sizes(plan({ existing, wanted }))).toEqual({ create: [], update: [['a', 4]], remove: [] });
  });

  test('adds to the fullest slice that has room for all that is new', () => {
    const existing = [full('a', ...many(0, 5)), full('b', ...many(5, 13))];
    const wanted = [group(...many(0, 15))];
    expect(sizes(plan({ existing, wanted }))).toEqual({ create: [], update: [['b', 10]], remove: [] });
  });

  test('removes slices that are empty or of other ports', () => {
    const other = slice('other', { labels, ports: [{ name: '', protocol: 'TCP', port: 81 }] });
    const existing = [full('a', endpoint(1)), full('b', endpoint(2)), other];
    expect(sizes(plan({ existing, wanted: [group(endpoint(2))] }))).toEqual({
      create: [],
      update: [],
      remove: ['other', 'a'],
    });
  });

  test('writes slices whose labels are not the Service’s', () => {
    const existing = [slice('a', { labels: { old: 'v' }, ports, endpoints: [endpoint(1)] })];
    const { update } = plan({ existing, wanted: [group(endpoint(1))] });
    expect(update.map(({ metadata }) => metadata.labels)).toEqual([labels]);
  });

  test('leaves one empty slice where there is nothing else, and keeps it', () => {
    const { create } = plan({});
    expect(create).toEqual([{ addressType: 'IPv4', ports: [], endpoints: [] }]);
    expect(plan({ existing: [slice('p', { labels, ports: [] })] })).toEqual({
      create: [],
      update: [],
      remove: [],
    });
    expect(sizes(plan({ existing: [slice('p', { labels })], wanted: [group(endpoint(1))] }))).toEqual({
      create: [1],
      update: [],
      remove: ['p'],
    });
  });

  test('of two slices that hold the same endpoint, one lets it go', () => {
    const existing = [full('a', endpoint(1)), full('b', endpoint(1), endpoint(2))];
    expect(sizes(plan({ existing, wanted: [group(endpoint(1), endpoint(2))] }))).toEqual({
      create: [],
      update: [['b', 1]],
      remove: [],
    });
  });
});

/** The slices after a plan was carried out. */
function carriedOut(existing: readonly EndpointSlice[], done: ReturnType<typeof plan>): EndpointSlice[] {
  const gone = new Set(done.remove.map(({ metadata }) => metadata.name));
  const changed = new Map(done.update.map((one) => [one.metadata.name, one]));
  const rest = existing
    .filter(({ metadata }) => !gone.has(metadata.name))
    .map((one) => changed.get(one.metadata.name) ?? one);
  return [...rest, ...done.create.map((one, i) => slice(`new-${i}`, { ...one, labels }))];
}

test('whatever stands, what is wanted stands after one plan, and a second plans nothing', () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 30 });
  fc.assert(
    fc.property(fc.array(numbers, { maxLength: 5 }), numbers, (before, after) => {
      const existing = before
        .map((part) => part.slice(0, 10))
        .map((part, i) => full(`s-${i}`, ...part.map((n) => endpoint(n, n % 2 === 0))));
      const wanted = after.length === 0 ? [] : [group(...after.map((n) => endpoint(n)))];
      const result = carriedOut(existing, plan({ existing, wanted }));
      const held = result.flatMap(({ endpoints }) => endpoints.map(({ addresses }) => addresses[0]!));
      expect(held.toSorted()).toEqual(after.map((n) => endpoint(n).addresses[0]!).toSorted());
      for (const { endpoints } of result) expect(endpoints.length).toBeLessThanOrEqual(10);
      expect(plan({ existing: result, wanted })).toEqual({ create: [], update: [], remove: [] });
    }),
  );
});
