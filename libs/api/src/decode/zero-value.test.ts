import { expect, test } from 'bun:test';
import { inline, list, map, message, one } from '../schema/fields.ts';
import { decodeObject } from './decode-object.ts';
import { fillAbsent } from './zero-value.ts';

const Inner = message('x.Inner', '', {
  count: one('int32', 1, '', { required: true }),
  note: one('string', 2, ''),
});
const Source = message('x.Source', '', {
  empty: one(Inner, 1, ''),
  held: one(Inner, 2, '', { keepsZero: false }),
});
const Thing = message('x.Thing', '', {
  text: one('string', 1, ''),
  bytes: one('bytes', 2, ''),
  on: one('bool', 3, ''),
  number: one('int64', 4, ''),
  pointer: one('int64', 5, '', { keepsZero: true }),
  pointerText: one('string', 6, '', { keepsZero: true }),
  required: one('string', 7, '', { required: true }),
  always: one('string', 8, '', { keepsZero: true, pointer: false }),
  items: list('string', 9, ''),
  keptItems: list('string', 10, '', { keepsZero: true }),
  labels: map('string', 11, ''),
  times: map('time', 12, ''),
  inners: list(Inner, 13, ''),
  limit: one('quantity', 14, ''),
  at: one('time', 15, ''),
  source: inline(Source, 16),
});
const SHOWN = { always: '', limit: '0', held: { count: 0 } };

const cases: { name: string; given: object; read: object }[] = [
  { name: 'what is absent', given: {}, read: {} },
  { name: 'null', given: { text: null, items: null, labels: null, empty: null, at: null }, read: {} },
  {
    name: 'zeroes that omitempty leaves out',
    given: { text: '', bytes: '', on: false, number: 0 },
    read: {},
  },
  { name: 'lists and maps that are empty', given: { items: [], labels: {}, inners: [] }, read: {} },
  { name: 'a list without omitempty', given: { keptItems: [] }, read: { keptItems: [] } },
  {
    name: 'zeroes behind a pointer',
    given: { pointer: 0, pointerText: '', empty: {} },
    read: { pointer: 0, pointerText: '', empty: {} },
  },
  { name: 'zeroes of what is required', given: { required: '' }, read: { required: '' } },
  { name: 'a structure held by value', given: { held: {} }, read: { held: {} } },
  {
    name: 'nulls in a list',
    given: { items: [null], inners: [null] },
    read: { items: [''], inners: [{ count: 0 }] },
  },
  {
    name: 'nulls in a map',
    given: { labels: { a: null }, times: { a: null } },
    read: { labels: { a: '' }, times: { a: null } },
  },
];
for (const { name, given, read } of cases)
  test(`${name} reads as Go reads and writes it`, () =>
    expect(decodeObject(Thing, given, [])).toEqual({ ...SHOWN, ...read }));

test('an object that lost its status shows an empty one, and keeps what it has', () => {
  const object = { held: { count: 3 }, text: '' };
  fillAbsent(Thing, object);
  expect(object).toEqual({ held: { count: 3 }, text: '', always: '', limit: '0' } as never);
});
