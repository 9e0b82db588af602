import { expect, test } from 'bun:test';
import { FakeClock, sleep } from './clock.ts';

test('a fake clock fires what falls due, in order', () => {
  const clock = new FakeClock();
  const fired: string[] = [];
  clock.after(20, () => fired.push('b'));
  clock.after(10, () => fired.push('a'));
  const cancelled = clock.after(15, () => fired.push('x'));
  cancelled[Symbol.dispose]();
  clock.advance(19);
  expect(fired).toEqual(['a']);
  clock.advance(1);
  expect(fired).toEqual(['a', 'b']);
});

test('a sleep ends with the reason of its signal', async () => {
  const controller = new AbortController();
  const sleeping = sleep(1_000_000, controller.signal, new FakeClock());
  controller.abort(new Error('enough'));
  expect(sleeping).rejects.toThrow('enough');
});
