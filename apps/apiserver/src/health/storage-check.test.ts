import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@hawser/runtime';
import { SqliteDatabase, SqliteStore } from '@hawser/storage-sqlite';
import type { RequestContext } from '../pipeline/request-context.ts';
import { routeHealth } from './route-health.ts';
import { storageCheck } from './storage-check.ts';

function openStore() {
  const directory = mkdtempSync(join(tmpdir(), 'health-'));
  const store = new SqliteStore(new SqliteDatabase(join(directory, 'state.db')));
  const close = async () => {
    await store[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  };
  return { store, close };
}

test('passes while the store can be read', async () => {
  const { store, close } = openStore();
  await storageCheck(store)();
  await close();
});

test('fails when the store can no longer be read, though its revision is still known', async () => {
  const { store, close } = openStore();
  const check = storageCheck(store);
  await close();
  expect(await store.currentRevision()).toBe(0);
  await expect(check()).rejects.toThrow();
});

test('fails when the store does not answer in time', async () => {
  const clock = new FakeClock();
  const checking = storageCheck({ get: () => new Promise(() => {}) }, clock)();
  clock.advance(2_000);
  await expect(checking).rejects.toThrow('has not answered');
});

test('makes /readyz say that it failed, and nothing of why', async () => {
  const { store, close } = openStore();
  const checks = { ping: () => {}, storage: storageCheck(store) };
  const context = { info: { path: '/readyz', query: new URLSearchParams() } } as RequestContext;
  expect(await routeHealth(checks, context, 'readyz')).toMatchObject({ code: 200, body: 'ok' });
  await close();
  expect(await routeHealth(checks, context, 'readyz')).toMatchObject({
    code: 500,
    body: '[+]ping ok\n[-]storage failed: reason withheld\nreadyz check failed\n',
  });
});

for (const name of ['constructor', '__proto__', 'toString'])
  test(`knows no check called ${name}`, async () => {
    const context = { info: { path: `/readyz/${name}`, query: new URLSearchParams() } } as RequestContext;
    await expect(routeHealth({ ping: () => {} }, context, 'readyz')).rejects.toMatchObject({
      reason: 'NotFound',
    });
  });
