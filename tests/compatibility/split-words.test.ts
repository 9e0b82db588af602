import { expect, test } from 'bun:test';
import { splitWords } from './split-words.ts';

test('splits as a shell does', () => {
  expect(splitWords(`get pod  a -o 'jsonpath={.a b}' --x="y \\"z\\" 'q'" a\\ b --l='k in (a, b)'`)).toEqual([
    'get',
    'pod',
    'a',
    '-o',
    'jsonpath={.a b}',
    `--x=y "z" 'q'`,
    'a b',
    '--l=k in (a, b)',
  ]);
  expect(splitWords(`patch -p '{"a":"\\n"}' ''`)).toEqual(['patch', '-p', '{"a":"\\n"}', '']);
});
