import { expect, test } from 'bun:test';
import type { Toleration } from '@hawser/api';
import { mergeTolerations } from './merge-tolerations.ts';

const exists = (key: string, more: Partial<Toleration> = {}): Toleration => ({
  ...(key === '' ? {} : { key }),
  operator: 'Exists',
  ...more,
});
const equal = (key: string, value: string, more: Partial<Toleration> = {}): Toleration => ({
  key,
  operator: 'Equal',
  value,
  ...more,
});
const evicted = (tolerationSeconds?: number): Partial<Toleration> => ({
  effect: 'NoExecute',
  ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
});

const cases: { name: string; all: Toleration[]; kept: number[] }[] = [
  { name: 'the first of equal ones stays', all: [equal('a', 'x'), equal('a', 'x')], kept: [0] },
  { name: 'any value covers one value', all: [equal('a', 'x'), exists('a')], kept: [1] },
  { name: 'any key covers one key', all: [exists('a'), exists(''), equal('b', 'x')], kept: [1] },
  {
    name: 'any effect covers one effect',
    all: [exists('a', { effect: 'NoSchedule' }), exists('a')],
    kept: [1],
  },
  {
    name: 'one effect covers no other',
    all: [exists('a', { effect: 'NoSchedule' }), exists('a', evicted())],
    kept: [0, 1],
  },
  {
    name: 'the longer time covers the shorter',
    all: [exists('a', evicted(5)), exists('a', evicted(9))],
    kept: [1],
  },
  { name: 'no time covers any time', all: [exists('a', evicted(5)), exists('a', evicted())], kept: [1] },
  {
    name: 'a time covers not for ever',
    all: [equal('a', 'x', evicted()), exists('a', evicted(5))],
    kept: [0, 1],
  },
  { name: 'an absent operator means Equal', all: [{ key: 'a', value: 'x' }, equal('a', 'x')], kept: [0] },
];

test.each(cases)('of tolerations, $name', ({ all, kept }) => {
  expect(mergeTolerations(all)).toEqual(kept.map((i) => all[i]!));
});

test('very many are merged at once', () => {
  const all = Array.from({ length: 60_000 }, (_, i) => equal('a', 'x', evicted(i)));
  expect(mergeTolerations([...all, exists('b')])).toEqual([all.at(-1)!, exists('b')]);
});
