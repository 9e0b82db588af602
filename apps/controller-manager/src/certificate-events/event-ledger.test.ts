import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteDatabase, SqliteOutbox, SqliteStore } from '@hawser/storage-sqlite';
import { EventLedger } from './event-ledger.ts';

const record = (id: string) => ({
  id,
  subject: 'hawser.controller-manager.certificate.approved',
  body: '{}',
});

test('an event is recorded once, also by the next process, until its object is forgotten', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'hawser-ledger-'));
  const open = () => {
    const database = new SqliteDatabase(join(directory, 'outbox.db'));
    const store = new SqliteStore(database);
    return { store, outbox: new SqliteOutbox(database), ledger: new EventLedger(store) };
  };
  try {
    const first = open();
    expect(await first.ledger.record('u', 'approved', { by: 'me' }, record('u:approved'))).toBe(true);
    expect(await first.ledger.record('u', 'signed', {}, record('u:signed'))).toBe(true);
    expect(await first.ledger.record('u2', 'denied', {}, record('u2:denied'))).toBe(true);
    // Published and gone from the outbox: the note stays.
    await first.outbox.acknowledge((await first.outbox.pending(10)).map(({ sequence }) => sequence));
    await first.store[Symbol.asyncDispose]();

    const second = open();
    expect(await second.ledger.record('u', 'approved', {}, record('u:approved'))).toBe(false);
    expect(await second.outbox.count()).toBe(0);
    expect(await second.ledger.recall('u', 'approved')).toEqual({ by: 'me' });
    expect(await second.ledger.recall('u', 'denied')).toBeUndefined();
    await second.ledger.forget('u');
    expect(await second.ledger.uids()).toEqual(new Set(['u2']));
    await second.store[Symbol.asyncDispose]();
  } finally {
    rmSync(directory, { recursive: true });
  }
});
