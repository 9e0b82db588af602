import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storeContract } from '@hawser/storage/testing';
import Database from 'better-sqlite3';
import { SqliteDatabase } from './database.ts';
import { SqliteOutbox } from './sqlite-outbox.ts';
import { SqliteStore } from './sqlite-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'store-'));
afterAll(() => rmSync(directory, { recursive: true }));
let files = 0;
const newFile = () => join(directory, `${++files}`, 'state.db');
const bytes = (text: string) => new TextEncoder().encode(text);

storeContract('SqliteStore', async () => new SqliteStore(new SqliteDatabase(newFile())));

test('keeps revisions, values and the compaction across a reopening', async () => {
  const path = newFile();
  {
    await using store = new SqliteStore(new SqliteDatabase(path));
    await store.commit({ key: '/a', value: bytes('one'), expectedRevision: 0 });
    await store.commit({ key: '/a', value: null, expectedRevision: 1 });
    await store.compact(2);
  }
  await using store = new SqliteStore(new SqliteDatabase(path));
  expect(await store.currentRevision()).toBe(2);
  expect(() => store.subscribe(1, () => {})).toThrow('compacted');
  expect(await store.commit({ key: '/a', value: bytes('x'), expectedRevision: 0 })).toEqual({
    committed: true,
    revision: 3,
  });
});

test('makes files that only their owner can read', () => {
  const path = newFile();
  using _database = new SqliteDatabase(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('commits outbox records with their write, and none with a write that did not apply', async () => {
  const database = new SqliteDatabase(newFile());
  await using store = new SqliteStore(database);
  const outbox = new SqliteOutbox(database);
  const record = (revision: number) => [{ id: `r${revision}`, subject: 'audit.x', body: '{}' }];
  await store.commit({ key: '/a', value: bytes('one'), expectedRevision: 0 }, record);
  await store.commit({ key: '/a', value: bytes('two'), expectedRevision: 9 }, record);
  expect((await outbox.pending(10)).map((r) => r.id)).toEqual(['r1']);
  await outbox.append([
    { id: 'r1', subject: 'audit.x', body: '{}' },
    { id: 'r2', subject: 'audit.y', body: '{}' },
  ]);
  const pending = await outbox.pending(10);
  expect(pending.map((r) => r.id)).toEqual(['r1', 'r2']);
  await outbox.acknowledge(pending.map((r) => r.sequence));
  expect(await outbox.count()).toBe(0);
});

test('leaves no trace in its files of what was superseded and erased', async () => {
  const path = newFile();
  await using store = new SqliteStore(new SqliteDatabase(path));
  await store.commit({ key: '/a', value: bytes('superseded'), expectedRevision: 0 });
  await store.commit({ key: '/b', value: bytes('deleted-since'), expectedRevision: 0 });
  await store.commit({ key: '/a', value: bytes('standing'), expectedRevision: 1 });
  await store.commit({ key: '/b', value: null, expectedRevision: 2 });
  const onDisk = () => Buffer.concat([path, `${path}-wal`].map((file) => readFileSync(file)));
  expect(onDisk().includes('superseded') && onDisk().includes('deleted-since')).toBe(true);
  await store.compact(4);
  await store.erase();
  expect(onDisk().includes('superseded') || onDisk().includes('deleted-since')).toBe(false);
  expect(onDisk().includes('standing')).toBe(true);
  expect(await store.commit({ key: '/b', value: bytes('new'), expectedRevision: 0 })).toMatchObject({
    revision: 5,
  });
});

test('does not say that it erased what another process still reads', async () => {
  const path = newFile();
  await using store = new SqliteStore(new SqliteDatabase(path, { busyTimeoutMs: 0 }));
  await store.commit({ key: '/a', value: bytes('one'), expectedRevision: 0 });
  const reader = new Database(path, { readonly: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM revisions').get();
  await expect(store.erase()).rejects.toThrow('in use by another process');
  reader.close();
  await store.erase();
});

test('a file has one writer at a time', async () => {
  const path = newFile();
  const database = new SqliteDatabase(path);
  expect(() => new SqliteDatabase(path, { lockTimeoutMs: 0 })).toThrow('is in use by another process');
  database[Symbol.dispose]();
  new SqliteDatabase(path)[Symbol.dispose]();
});

test('a failing job does not fail its neighbours', async () => {
  using database = new SqliteDatabase(newFile());
  const good = database.committer.enqueue(() => 'good');
  const bad = database.committer.enqueue(() => {
    throw new Error('bad');
  });
  expect(bad).rejects.toThrow('bad');
  expect(await good).toBe('good');
});
