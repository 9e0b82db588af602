import { expect, test } from 'bun:test';
import { slowStart } from './slow-start.ts';

test('batches double', async () => {
  const running: number[] = [];
  let now = 0;
  await slowStart(10, async () => {
    now += 1;
    running.push(now);
    await Promise.resolve();
    now -= 1;
  });
  expect(running).toHaveLength(10);
  expect(Math.max(...running)).toBe(4);
});

test('what fails for one is not tried for all', async () => {
  let tries = 0;
  const { skipped, error } = await slowStart(100, async (index) => {
    tries += 1;
    if (index === 2) throw new Error('no');
  });
  expect(tries).toBe(3);
  expect(skipped).toBe(97);
  expect((error as Error).message).toBe('no');
});
