import { expect, test } from 'bun:test';
import { LevelQueue, MAX_FLOW_LENGTH, MAX_LEVEL_LENGTH } from './level-queue.ts';

const drained = (queue: LevelQueue<string>) => Array.from({ length: queue.length }, () => queue.shift());

test('flows take turns, and within one the first that came is first', () => {
  const queue = new LevelQueue<string>();
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.push(item[0]!, item);
  expect(drained(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
  expect(queue.shift()).toBeUndefined();
});

test('a flow that is full leaves room for others, until the level is full', () => {
  const queue = new LevelQueue<string>();
  for (let count = 0; count < MAX_FLOW_LENGTH; count += 1) expect(queue.push('a', 'a')).toBe(true);
  expect(queue.push('a', 'a')).toBe(false);
  expect(queue.push('b', 'b')).toBe(true);
  for (let flow = 0; queue.length < MAX_LEVEL_LENGTH; flow += 1) queue.push(`more-${flow}`, 'x');
  expect(queue.push('late', 'x')).toBe(false);
});

test('what no longer waits is taken out', () => {
  const queue = new LevelQueue<string>();
  for (const item of ['a1', 'a2', 'b1']) queue.push(item[0]!, item);
  queue.remove('a', 'a1');
  queue.remove('b', 'b1');
  queue.remove('b', 'b1');
  queue.remove('c', 'c1');
  expect(drained(queue)).toEqual(['a2']);
});
