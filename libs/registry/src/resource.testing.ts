/** A registry on a real store in a temporary directory, for the tests of this package. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnyKind, configMaps, namespaces, pods, secrets, services } from '@hawser/api';
import { FakeClock } from '@hawser/runtime';
import { SqliteDatabase, SqliteStore } from '@hawser/storage-sqlite';
import { AdmissionChain } from './admission.ts';
import type { AnyObject } from './any-object.ts';
import { Cacher } from './cache/cacher.ts';
import { aesGcm } from './encryption/aes-gcm.ts';
import { providerTransformer } from './encryption/provider-transformer.ts';
import type { TransformerFor } from './encryption/transformer.ts';
import type { Resource } from './resource.ts';
import { strategyFor } from './strategies/strategy-for.ts';
import type { WriteContext } from './write-context.ts';

const KINDS: readonly AnyKind[] = [configMaps, namespaces, pods, secrets, services];

export const writer: WriteContext = {
  identity: { name: 'alice', groups: [], extra: {} },
  sourceAddress: '',
  dryRun: false,
  warn: () => {},
};

/** Encrypts Secrets with one key, each byte of which is `fill`. */
export function secretsUnder(name: string, fill: number): TransformerFor {
  const transformer = providerTransformer([aesGcm({ name, secret: Buffer.alloc(32, fill) })]);
  return (resource) => (resource === 'secrets' ? transformer : undefined);
}

export class TestRegistry implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'registry-'));
  readonly clock = new FakeClock();
  /** Secrets under a key of their own; taken at the next start. */
  transformerFor: TransformerFor = secretsUnder('key1', 1);
  store!: SqliteStore;
  cacher!: Cacher;

  static async open(): Promise<TestRegistry> {
    const registry = new TestRegistry();
    await registry.start();
    return registry;
  }

  async start(): Promise<void> {
    this.store = new SqliteStore(new SqliteDatabase(join(this.directory, 'state.db')));
    this.cacher = await Cacher.start(this.store, KINDS, this.transformerFor);
  }

  /** As after a crash: everything in memory is gone. */
  async restart(): Promise<void> {
    this.cacher[Symbol.dispose]();
    await this.store[Symbol.asyncDispose]();
    await this.start();
  }

  of(kind: AnyKind): Resource {
    const { cacher, store, clock } = this;
    const admission = new AdmissionChain([]);
    return {
      kind,
      cache: cacher.cacheOf(kind),
      cacher,
      store,
      clock,
      admission,
      strategy: strategyFor(kind),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cacher[Symbol.dispose]();
    await this.store[Symbol.asyncDispose]();
    rmSync(this.directory, { recursive: true });
  }
}

export function configMap(name: string, data: Record<string, string> = {}, metadata: object = {}): AnyObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}
