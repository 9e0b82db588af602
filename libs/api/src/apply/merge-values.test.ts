import { expect, test } from 'bun:test';
import { list, map, message, one } from '../schema/fields.ts';
import { applyTypeOf } from './apply-type.ts';
import { mergeValues } from './merge-values.ts';

const Port = message('x.Port', '', {
  port: one('int32', 1, ''),
  protocol: one('string', 2, '', { default: 'TCP' }),
  name: one('string', 3, ''),
});
const Pair = message('x.Pair', '', { a: one('string', 1, ''), b: one('string', 2, '') }, { atomic: true });
const Thing = message('x.Thing', '', {
  set: list('string', 1, '', { listType: 'set' }),
  ports: list(Port, 2, '', { mapKeys: ['port', 'protocol'] }),
  args: list('string', 3, ''),
  labels: map('string', 4, ''),
  selector: map('string', 5, '', { atomic: true }),
  pair: one(Pair, 6, ''),
  size: one('int32', 7, ''),
  raw: one('object', 8, ''),
});
const type = applyTypeOf(Thing);
const merge = (standing: object, applied: object) => mergeValues(type, standing, applied);

/** How sets come to stand, as structured-merge-diff orders them. */
const orders: { standing: string; applied: string; merged: string }[] = [
  { standing: 'abc', applied: 'ab', merged: 'abc' },
  { standing: 'ab', applied: 'abc', merged: 'abc' },
  { standing: 'abc', applied: '', merged: 'abc' },
  { standing: 'ab', applied: 'ba', merged: 'ba' },
  { standing: 'abc', applied: 'def', merged: 'abcdef' },
  { standing: 'abc', applied: 'cdef', merged: 'abcdef' },
  { standing: 'abcgf', applied: 'cdef', merged: 'abcgdef' },
  { standing: 'cdef', applied: 'ace', merged: 'acdef' },
  { standing: 'abcxyz', applied: 'defxyz', merged: 'abcdefxyz' },
  { standing: 'cagf', applied: 'cfag', merged: 'cfag' },
  { standing: 'abcd', applied: 'defa', merged: 'bcdefa' },
  { standing: 'cdefghij', applied: '2h3e4kl', merged: 'cdfg2hij3e4kl' },
  { standing: 'abcdefghij', applied: '1b2h3e4kl', merged: 'a1bcdfg2hij3e4kl' },
  { standing: 'abb', applied: 'c', merged: 'abbc' },
  { standing: 'abb', applied: 'b', merged: 'ab' },
  { standing: 'abb', applied: 'a', merged: 'abb' },
  { standing: 'abcdec', applied: '1b2ed', merged: 'a1bc2ecd' },
  { standing: 'abcdec', applied: '1b2ced', merged: 'a1b2ced' },
  { standing: 'aabb', applied: 'bcd', merged: 'aabcd' },
  { standing: 'cagfca', applied: 'cfag', merged: 'cfag' },
];
for (const { standing, applied, merged } of orders)
  test(`of ${standing} and ${applied || 'nothing'} becomes ${merged}`, () => {
    expect(merge({ set: [...standing] }, { set: [...applied] })).toEqual({ set: [...merged] });
  });

const cases: { name: string; standing: object; applied: object; merged: object }[] = [
  {
    name: 'items of the same keys are one, where a default tells the key',
    standing: {
      ports: [
        { port: 1, protocol: 'TCP', name: 'a' },
        { port: 1, protocol: 'UDP' },
      ],
    },
    applied: { ports: [{ port: 1, name: 'b' }] },
    merged: {
      ports: [
        { port: 1, protocol: 'TCP', name: 'b' },
        { port: 1, protocol: 'UDP' },
      ],
    },
  },
  {
    name: 'maps are merged',
    standing: { labels: { a: '1', b: '2' } },
    applied: { labels: { b: '3', __proto__x: '4' } },
    merged: { labels: { a: '1', b: '3', __proto__x: '4' } },
  },
  {
    name: 'what is atomic is replaced: lists, maps, structures',
    standing: { args: ['a', 'b'], selector: { a: '1' }, pair: { a: '1' } },
    applied: { args: ['c'], selector: { b: '2' }, pair: { b: '2' } },
    merged: { args: ['c'], selector: { b: '2' }, pair: { b: '2' } },
  },
  {
    name: 'null takes a scalar away, and nothing from a map',
    standing: { size: 1, labels: { a: '1' } },
    applied: { size: null, labels: null },
    merged: { size: null, labels: { a: '1' } },
  },
  {
    name: 'what no table describes is merged as far as it is objects',
    standing: { raw: { a: { b: 1 }, c: [1], d: 1 } },
    applied: { raw: { a: { e: 2 }, c: [2], d: { f: 1 } } },
    merged: { raw: { a: { b: 1, e: 2 }, c: [2], d: { f: 1 } } },
  },
];
for (const { name, standing, applied, merged } of cases)
  test(name, () => expect(merge(standing, applied)).toEqual(merged));
