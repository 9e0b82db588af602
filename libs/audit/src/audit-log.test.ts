import { expect, test } from 'bun:test';
import type { OutboxRecord } from '@hawser/storage';
import { AuditLog } from './audit-log.ts';
import type { AuditEvent } from './event.ts';
import type { Outbox } from './outbox.ts';

const event = (auditID: string) => ({ auditID, stage: 'ResponseComplete', verb: 'get' }) as AuditEvent;

/** A log whose outbox takes what it gets; what it lost, and what went wrong. */
function bounded(maxWaiting: number) {
  const records: OutboxRecord[] = [];
  const losses: number[] = [];
  const outbox = {
    append: async (added: readonly OutboxRecord[]) => void records.push(...added),
    count: async () => records.length,
  } as Partial<Outbox> as Outbox;
  const onError = (error: unknown) => expect(error).toBeUndefined();
  const log = new AuditLog({
    service: 'kubelet',
    outbox,
    onError,
    maxWaiting,
    onLoss: (n) => losses.push(n),
  });
  return { log, losses, ids: () => records.map(({ id }) => id.split(':')[0]!) };
}

test('what waits is kept, and events that nobody waits for are lost, when too many wait', async () => {
  const { log, losses, ids } = bounded(2);
  for (const id of ['a', 'b', 'c', 'd']) log.keepSoon(event(id));
  await log[Symbol.asyncDispose]();
  expect(ids()).toEqual(['a', 'b']);
  log.keepSoon(event('e'));
  await log[Symbol.asyncDispose]();
  expect(losses).toEqual([2, 1]);
});

test('an event that somebody waits for is kept however many wait', async () => {
  const { log, losses, ids } = bounded(0);
  await log.keep(event('a'));
  expect(ids()).toEqual(['a']);
  expect(losses).toEqual([]);
});
