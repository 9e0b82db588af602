import { expect, test } from 'bun:test';
import { unlessAborted } from './aborted.ts';

test('what is waited for comes, its failure too, unless the signal aborts first', async () => {
  const { signal } = new AbortController();
  expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
  await expect(unlessAborted(Promise.reject(new Error('failed')), signal)).rejects.toThrow('failed');
  const ending = new AbortController();
  const waiting = unlessAborted(new Promise(() => {}), ending.signal);
  ending.abort(new Error('ended'));
  await expect(waiting).rejects.toThrow('ended');
  await expect(unlessAborted(Promise.resolve(1), ending.signal)).rejects.toThrow('ended');
});
