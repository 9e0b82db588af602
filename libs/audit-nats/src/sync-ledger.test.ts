import { expect, test } from 'bun:test';
import { SyncLedger } from './sync-ledger.ts';

test('a record is synced when the interval has passed since its ack, once', () => {
  const ledger = new SyncLedger(100);
  ledger.note(7, 0);
  ledger.note(5, 60);
  expect(ledger.takeSynced(99)).toEqual([]);
  expect(ledger.takeSynced(100)).toEqual([7]);
  expect(ledger.takeSynced(159)).toEqual([]);
  expect(ledger.takeSynced(1000)).toEqual([5]);
  expect(ledger.takeSynced(2000)).toEqual([]);
});
