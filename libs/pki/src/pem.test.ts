import { describe, expect, test } from 'bun:test';
import { decodePem, encodePem } from './pem.ts';

const labelsOf = (text: string) => decodePem(text).map(({ label, der }) => `${label} ${der}`);

describe('PEM blocks', () => {
  test('are found in order, whatever stands between them', () => {
    const text = `first\n${encodePem('A', Buffer.from('a'))}second\n${encodePem('B B', Buffer.from('b'))}last`;
    expect(labelsOf(text)).toEqual(['A a', 'B B b']);
  });

  const a = encodePem('A', Buffer.from('a'));
  const odd: { name: string; text: string; blocks: string[] }[] = [
    { name: 'one that never ends is passed over', text: `-----BEGIN B-----\n${a}`, blocks: ['A a'] },
    {
      name: 'an end before its beginning counts for nothing',
      text: `-----END A-----\n${a}`,
      blocks: ['A a'],
    },
    { name: 'ends may share their dashes', text: `${a.trimEnd()}END B-----`, blocks: ['A a'] },
    { name: 'two of one label are two', text: a + a, blocks: ['A a', 'A a'] },
    { name: 'what cannot be one is none', text: '-----BEGIN A-----', blocks: [] },
  ];
  for (const { name, text, blocks } of odd) test(name, () => expect(labelsOf(text)).toEqual(blocks));

  test('of ever other labels, none of which ends, take no longer the more there are', () => {
    const beginnings = (count: number) =>
      Array.from({ length: count }, (_, i) => `-----BEGIN ${i}-----\n`).join('');
    const startedMs = performance.now();
    expect(decodePem(beginnings(100_000))).toEqual([]);
    // To search the rest for each took a minute.
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });
});
