import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secrets } from '@hawser/api';
import { aesCbc, aesGcm, Cacher, type Provider, providerTransformer } from '@hawser/registry';
import { SqliteDatabase, SqliteStore } from '@hawser/storage-sqlite';
import { rewriteStale } from './rewrite-stale.ts';

const KEY = '/registry/secrets/default/a';
const PLAIN = Buffer.from(
  '{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a","namespace":"default"}}',
);
const NEVER = new AbortController().signal;

const keyOf = (name: string, fill: number) => ({ name, secret: Buffer.alloc(32, fill) });
const gcm = (fill: number) => aesGcm(keyOf(`key${fill}`, fill));
const under = (...providers: Provider[]) => providerTransformer(providers);

let directory: string;
let store: SqliteStore;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rewrite-'));
  store = new SqliteStore(new SqliteDatabase(join(directory, 'state.db')));
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

async function put(value: Uint8Array): Promise<void> {
  await store.commit({ key: KEY, value, expectedRevision: 0 });
}

/** @returns how many were written anew. */
async function rewrite(cacher: Cacher): Promise<number> {
  let rewritten = 0;
  await rewriteStale(cacher, store, NEVER, (count) => {
    rewritten += count;
  });
  return rewritten;
}

test('writes with the keys of now, though they were replaced while the store was asked', async () => {
  await put(under(gcm(1)).encrypt(PLAIN, KEY));
  using cacher = await Cacher.start(store, [secrets], () => under(gcm(2), gcm(1)));
  const rotated = under(gcm(3), gcm(2), gcm(1));
  const get = store.get.bind(store);
  store.get = async (key) => {
    const found = await get(key);
    cacher.useTransformers(() => rotated);
    return found;
  };
  expect(await rewrite(cacher)).toBe(1);
  const { value } = (await get(KEY))!;
  expect(rotated.decrypt(value, KEY)).toEqual({ plain: PLAIN, sealedWith: rotated.writesWith });
});

/** aescbc cannot tell a wrong key: to one value in 256 its padding looks right. */
function readAsNonsense(right: Provider, wrong: Provider): Buffer {
  for (let attempt = 0; attempt < 20_000; attempt += 1) {
    const sealed = right.seal(PLAIN, KEY);
    try {
      wrong.open(sealed, KEY);
      return Buffer.concat([Buffer.from(right.prefix), sealed]);
    } catch {}
  }
  throw new Error('never');
}

for (const writer of [undefined, gcm(2)])
  test(`leaves alone what a wrong key makes nonsense of${writer ? ', under another provider as well' : ''}`, async () => {
    const [right, wrong] = [aesCbc(keyOf('key1', 1)), aesCbc(keyOf('key1', 9))];
    const sealed = readAsNonsense(right, wrong);
    await put(sealed);
    const lost = under(...(writer ? [writer] : []), wrong);
    using cacher = await Cacher.start(store, [secrets], () => lost);
    expect(await rewrite(cacher)).toBe(0);
    expect((await store.get(KEY))!.value).toEqual(new Uint8Array(sealed));
    cacher.useTransformers(() => under(gcm(2), right));
    expect(await rewrite(cacher)).toBe(1);
    expect(cacher.cacheOf(secrets).entry('default', 'a')?.object).toMatchObject({ metadata: { name: 'a' } });
  });
