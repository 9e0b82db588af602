import { expect, test } from 'bun:test';
import { FakeClock } from './clock.ts';
import { WorkQueue } from './work-queue.ts';

test('gives out keys in order, each once', async () => {
  const queue = new WorkQueue();
  for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
  expect(queue.length).toBe(3);
  expect([await queue.next(), await queue.next(), await queue.next()]).toEqual(['a', 'b', 'c']);
});

test('a key added while it is worked on comes back when that is done, and not before', async () => {
  const queue = new WorkQueue();
  queue.add('a');
  await queue.next();
  queue.add('a');
  queue.add('a');
  expect(queue.length).toBe(0);
  queue.done('a');
  expect(queue.length).toBe(1);
  await queue.next();
  queue.done('a');
  expect(queue.length).toBe(0);
});

test('wakes who waits', async () => {
  const queue = new WorkQueue();
  const waiting = queue.next();
  queue.add('a');
  expect(await waiting).toBe('a');
});

test('a delayed key comes when it is due; the earliest delay counts', () => {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock });
  queue.addAfter('a', 100);
  queue.addAfter('a', 50);
  queue.addAfter('a', 200);
  queue.addAfter('b', 0);
  expect(queue.length).toBe(1);
  clock.advance(49);
  expect(queue.length).toBe(1);
  clock.advance(1);
  expect(queue.length).toBe(2);
  clock.advance(1_000);
  expect(queue.length).toBe(2);
});

test('back-off doubles for each key by itself, up to its limit, until forgotten', async () => {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock, initialBackoffMs: 10, maxBackoffMs: 40 });
  const delayOf = async (key: string) => {
    queue.addRateLimited(key);
    for (let ms = 0; ; ms += 5) {
      if (queue.length === 1) {
        await queue.next();
        queue.done(key);
        return ms;
      }
      clock.advance(5);
    }
  };
  const delays: number[] = [];
  for (let i = 0; i < 4; i += 1) delays.push(await delayOf('a'));
  expect(delays).toEqual([10, 20, 40, 40]);
  expect(await delayOf('b')).toBe(10);
  expect(queue.requeues('a')).toBe(4);
  queue.forget('a');
  expect(await delayOf('a')).toBe(10);
});

test('shut down, it gives out what is ready, then ends', async () => {
  const queue = new WorkQueue({ clock: new FakeClock() });
  queue.add('a');
  queue.addAfter('b', 10);
  queue.shutDown();
  queue.add('c');
  expect([await queue.next(), await queue.next()]).toEqual(['a', undefined]);
});

test('run retries what fails, and ends with its signal after the work under way', async () => {
  const queue = new WorkQueue({ initialBackoffMs: 1 });
  const stop = new AbortController();
  const worked: string[] = [];
  const errors: string[] = [];
  queue.add('a');
  queue.add('b');
  await queue.run({
    signal: stop.signal,
    work: async (key) => {
      worked.push(key);
      if (key === 'a' && worked.length < 4) throw new Error('not yet');
      if (key === 'a') stop.abort();
    },
    onError: (error, key) => errors.push(`${key}: ${(error as Error).message}`),
  });
  expect(worked).toEqual(['a', 'b', 'a', 'a']);
  expect(errors).toEqual(['a: not yet', 'a: not yet']);
});

test('never works on one key twice at once', async () => {
  const queue = new WorkQueue();
  const stop = new AbortController();
  const active = new Set<string>();
  let runs = 0;
  for (const key of ['a', 'b', 'c']) queue.add(key);
  await queue.run({
    signal: stop.signal,
    concurrency: 4,
    work: async (key) => {
      expect(active.has(key)).toBe(false);
      active.add(key);
      queue.add(key);
      await new Promise((resolve) => setImmediate(resolve));
      active.delete(key);
      runs += 1;
      if (runs === 30) stop.abort();
    },
  });
  expect(runs).toBeGreaterThanOrEqual(30);
});
