import { expect, test } from 'bun:test';
import type { OutboxRecord } from '@hawser/storage';
import type { Outbox } from './outbox.ts';
import { OutboxWriter } from './outbox-writer.ts';

/** A writer whose outbox takes what it gets; what it lost, and what went wrong. */
function bounded(maxWaiting?: number) {
  const records: OutboxRecord[] = [];
  const losses: number[] = [];
  const outbox = {
    append: async (added: readonly OutboxRecord[]) => void records.push(...added),
    count: async () => records.length,
  } as Partial<Outbox> as Outbox;
  const onError = (error: unknown) => expect(error).toBeUndefined();
  const limit = maxWaiting === undefined ? {} : { maxWaiting };
  const writer = new OutboxWriter({ outbox, onError, ...limit, onLoss: (n) => losses.push(n) });
  return { writer, losses, ids: () => records.map(({ id }) => id) };
}
const record = (id: string): OutboxRecord => ({ id, subject: 's', body: '{}' });

test('records arrive in their order', async () => {
  const { writer, ids, losses } = bounded();
  for (const id of ['a', 'b']) writer.keepSoon(record(id));
  writer.flush();
  writer.keepSoon(record('c'), false);
  await writer[Symbol.asyncDispose]();
  expect([ids(), losses]).toEqual([['a', 'b', 'c'], []]);
});

test('where too many wait, expendable records are lost and counted, and no others', async () => {
  const { writer, ids, losses } = bounded(1);
  for (const id of ['a', 'b']) writer.keepSoon(record(id));
  writer.keepSoon(record('needed'), false);
  writer.keepSoon(record('c'));
  await writer[Symbol.asyncDispose]();
  expect([ids(), losses]).toEqual([['a', 'needed'], [2]]);
});

test('a batch that cannot be written is said to be lost, and the next is written', async () => {
  const errors: unknown[] = [];
  const taken: string[] = [];
  let full = true;
  const append = async (added: readonly OutboxRecord[]) => {
    if (full) throw new Error('disk full');
    taken.push(...added.map(({ id }) => id));
  };
  const outbox = { append } as Partial<Outbox> as Outbox;
  const writer = new OutboxWriter({ outbox, onError: (error) => errors.push(error) });
  writer.keepSoon(record('a'));
  await writer[Symbol.asyncDispose]();
  full = false;
  writer.keepSoon(record('b'));
  await writer[Symbol.asyncDispose]();
  expect([errors.length, taken]).toEqual([1, ['b']]);
});

test('what waits is counted only when it may be too much', async () => {
  let counts = 0;
  let waiting = 0;
  const append = async (added: readonly OutboxRecord[]) => {
    waiting += added.length;
  };
  const count = async () => {
    counts += 1;
    return waiting;
  };
  const outbox = { append, count } as Partial<Outbox> as Outbox;
  const losses: number[] = [];
  const onError = (error: unknown) => expect(error).toBeUndefined();
  const writer = new OutboxWriter({ outbox, onError, maxWaiting: 100, onLoss: (n) => losses.push(n) });
  for (let i = 0; i < 100; i += 1) {
    writer.keepSoon(record(`${i}`));
    writer.flush();
  }
  await writer[Symbol.asyncDispose]();
  expect([counts, waiting, losses]).toEqual([1, 100, []]);
  waiting = 0;
  writer.keepSoon(record('more'));
  await writer[Symbol.asyncDispose]();
  expect([counts, waiting, losses]).toEqual([2, 1, []]);
});
