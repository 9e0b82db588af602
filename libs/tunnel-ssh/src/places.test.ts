import { expect, test } from 'bun:test';
import { Places } from './places.ts';

const forever = new AbortController().signal;

test('who finds no place waits for one, in the order of coming', async () => {
  const places = new Places(1);
  const first = await places.take('a', forever);
  const order: string[] = [];
  const second = places.take('a', forever).then((giveBack) => {
    order.push('second');
    giveBack();
  });
  const third = places.take('a', forever).then((giveBack) => {
    order.push('third');
    giveBack();
  });
  expect(order).toEqual([]);
  first();
  await Promise.all([second, third]);
  expect(order).toEqual(['second', 'third']);
  (await places.take('a', forever))();
});

test('one key does not take the places of another', async () => {
  const places = new Places(1);
  await places.take('a', forever);
  await places.take('b', forever);
});

test('who gives up waiting takes no place', async () => {
  const places = new Places(1);
  const giveBack = await places.take('a', forever);
  const patience = new AbortController();
  const waiting = places.take('a', patience.signal);
  const after = places.take('a', forever);
  patience.abort(new Error('i/o timeout'));
  await expect(waiting).rejects.toThrow('i/o timeout');
  giveBack();
  (await after)();
  await expect(places.take('a', patience.signal)).rejects.toThrow('i/o timeout');
});
