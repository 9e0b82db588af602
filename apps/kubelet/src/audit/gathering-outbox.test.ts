import { expect, test } from 'bun:test';
import { MemoryOutbox } from '@hawser/audit-nats/testing';
import { FakeClock } from '@hawser/runtime';
import { GatheringOutbox } from './gathering-outbox.ts';

const record = (id: string) => ({ id, subject: 'audit.kubelet.get', body: '{}' });

test('many appends are told of once, a little later, and none after the end', async () => {
  const clock = new FakeClock();
  const outbox = new GatheringOutbox(new MemoryOutbox(), 100, clock);
  let told = 0;
  const listening = outbox.onAppend(() => {
    told += 1;
  });
  await outbox.append([record('a')]);
  await outbox.append([record('b')]);
  clock.advance(99);
  expect(told).toBe(0);
  clock.advance(1);
  expect(told).toBe(1);
  await outbox.append([record('c')]);
  clock.advance(100);
  expect(told).toBe(2);
  await outbox.append([record('d')]);
  listening[Symbol.dispose]();
  clock.advance(100);
  expect(told).toBe(2);
  expect(await outbox.count()).toBe(4);
});
