import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiError, configMaps, type ResourceQuota, resourceQuotas } from '@hawser/api';
import {
  AdmissionChain,
  type AnyObject,
  Cacher,
  createObject,
  deleteObject,
  updateObject,
} from '@hawser/registry';
import { systemClock } from '@hawser/runtime';
import type { Store } from '@hawser/storage';
import { SqliteDatabase, SqliteStore } from '@hawser/storage-sqlite';
import { ownWrite } from '../../bootstrap/own-write.ts';
import { Resources, storedKinds } from '../../hub.ts';
import { resourceQuotaAdmission } from './resource-quota.ts';

/** A hub's resources under one quota, on a real store; a test may get between a decision and its commit. */
class QuotaBench implements AsyncDisposable {
  readonly #directory = mkdtempSync(join(tmpdir(), 'quota-'));
  readonly #store = new SqliteStore(new SqliteDatabase(join(this.#directory, 'state.db')));
  readonly errors: unknown[] = [];
  /** Called before a commit of objects of this plural. */
  before: { plural: string; wait: () => Promise<unknown> } | undefined;
  #cacher!: Cacher;
  resources!: Resources;
  /** Writes that nobody admits and nothing holds up. */
  bare!: Resources;

  static async withLimit(configmaps: string): Promise<QuotaBench> {
    const bench = new QuotaBench();
    bench.#cacher = await Cacher.start(bench.#store, storedKinds, () => undefined);
    const base = { cacher: bench.#cacher, clock: systemClock };
    const plugin = resourceQuotaAdmission({
      resources: { of: (kind) => bench.resources.of(kind), all: () => bench.resources.all() },
      clock: systemClock,
      onError: (error) => bench.errors.push(error),
    });
    const store = bench.#interruptible();
    bench.resources = new Resources({ ...base, store, admission: new AdmissionChain([plugin]) });
    bench.bare = new Resources({ ...base, store: bench.#store, admission: new AdmissionChain([]) });
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q' }, spec: {} };
    await createObject(bench.bare.of(resourceQuotas), 'a', quota as unknown as AnyObject, ownWrite);
    await bench.write(bench.bare, { hard: { configmaps }, used: { configmaps: '0' } });
    return bench;
  }

  /** Writes the quota's status. */
  async write(resources: Resources, status: object): Promise<void> {
    const change = (current: AnyObject) => ({ ...current, status });
    const request = { namespace: 'a', name: 'q', subresource: 'status', change };
    await updateObject(resources.of(resourceQuotas), request, { ...ownWrite });
  }

  get used(): string | undefined {
    const quota = this.bare.of(resourceQuotas).cache.entry('a', 'q')?.object as unknown as ResourceQuota;
    return quota.status?.used?.['configmaps'];
  }

  create(name: string): Promise<unknown> {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } } as AnyObject;
    return createObject(this.resources.of(configMaps), 'a', object, ownWrite);
  }

  #interruptible(): Store {
    const commit: Store['commit'] = async (write, outbox) => {
      if (this.before && write.key.includes(`/${this.before.plural}/`)) await this.before.wait();
      return await this.#store.commit(write, outbox);
    };
    return new Proxy(this.#store, {
      get: (store, name) => {
        if (name === 'commit') return commit;
        const value = Reflect.get(store, name, store);
        return typeof value === 'function' ? value.bind(store) : value;
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cacher[Symbol.dispose]();
    await this.#store[Symbol.asyncDispose]();
    rmSync(this.#directory, { recursive: true });
    expect(this.errors).toEqual([]);
  }
}

async function reasonOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'done';
  } catch (error) {
    if (error instanceof ApiError) return error.reason;
    throw error;
  }
}

/** Holds commits of a kind up until it is opened, and tells when so many have come. */
function gate(bench: QuotaBench, plural: string, expected: number) {
  const opened = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  let count = 0;
  bench.before = {
    plural,
    wait: () => {
      count += 1;
      if (count === expected) reached.resolve();
      return opened.promise;
    },
  };
  return { reached: reached.promise, open: () => opened.resolve() };
}

test('a count from before a charged write is stored does not undo the charge', async () => {
  await using bench = await QuotaBench.withLimit('1');
  const { reached, open } = gate(bench, 'configmaps', 1);
  const creating = bench.create('a');
  await reached;
  expect(bench.used).toBe('1');
  const counted = (configmaps: string) =>
    reasonOf(bench.write(bench.resources, { hard: { configmaps: '1' }, used: { configmaps } }));
  expect(await counted('0')).toBe('Conflict');
  expect(await reasonOf(bench.create('b'))).toBe('Forbidden');
  open();
  await creating;
  expect(await counted('0')).toBe('Conflict');
  expect(await counted('1')).toBe('done');
});

test('what comes to nothing is given back', async () => {
  await using bench = await QuotaBench.withLimit('5');
  const { reached, open } = gate(bench, 'configmaps', 3);
  const racing = ['a', 'a', 'a'].map((name) => reasonOf(bench.create(name)));
  await reached;
  expect(bench.used).toBe('3');
  open();
  expect((await Promise.all(racing)).sort()).toEqual(['AlreadyExists', 'AlreadyExists', 'done']);
  expect(bench.used).toBe('1');
});

test('a write that breaks is given back too', async () => {
  await using bench = await QuotaBench.withLimit('5');
  bench.before = { plural: 'configmaps', wait: () => Promise.reject(new Error('the disk is full')) };
  await expect(bench.create('a')).rejects.toThrow('the disk is full');
  expect(bench.used).toBe('0');
});

test('a limit that is lowered meanwhile counts', async () => {
  await using bench = await QuotaBench.withLimit('5');
  bench.before = {
    plural: 'resourcequotas',
    wait: async () => {
      bench.before = undefined;
      await bench.write(bench.bare, { hard: { configmaps: '0' }, used: { configmaps: '0' } });
    },
  };
  expect(await reasonOf(bench.create('a'))).toBe('Forbidden');
  expect(bench.used).toBe('0');
});

test('a quota that others write to without end is not waited for without end', async () => {
  await using bench = await QuotaBench.withLimit('5');
  let writes = 0;
  bench.before = {
    plural: 'resourcequotas',
    wait: async () => {
      writes += 1;
      const used = { configmaps: '0', secrets: String(writes) };
      await bench.write(bench.bare, { hard: { configmaps: '5' }, used });
    },
  };
  expect(await reasonOf(bench.create('a'))).toBe('Conflict');
  expect(writes).toBe(4);
  expect(bench.used).toBe('0');
});

test('a quota that is deleted meanwhile counts nothing', async () => {
  await using bench = await QuotaBench.withLimit('5');
  bench.before = {
    plural: 'resourcequotas',
    wait: async () => {
      bench.before = undefined;
      await deleteObject(bench.bare.of(resourceQuotas), 'a', 'q', {}, ownWrite);
    },
  };
  expect(await reasonOf(bench.create('a'))).toBe('done');
});
