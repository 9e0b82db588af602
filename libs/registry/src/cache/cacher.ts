import type { Kind, StoredAs } from '@hawser/api';
import { type Change, CompactedError, type Store } from '@hawser/storage';
import type { AnyObject } from '../any-object.ts';
import { kindPrefix } from '../encoding/keys.ts';
import { servedBytes } from '../encoding/object-bytes.ts';
import { identity } from '../encryption/identity.ts';
import { providerTransformer } from '../encryption/provider-transformer.ts';
import { type ReadObject, readSealed } from '../encryption/read-sealed.ts';
import { DecryptionError, type Transformer, type TransformerFor } from '../encryption/transformer.ts';
import { ConvertedCache } from './converted-cache.ts';
import { type Entry, KindCache, type Unreadable, unreadableError } from './kind-cache.ts';
import type { ObjectCache } from './object-cache.ts';

/** So much of the past is read back at start, so that watches resume across a restart of the hub. */
const REPLAYED_REVISIONS = 2048;

/** For what nothing was configured for. */
const PLAINLY = providerTransformer([identity]);

/** A stored kind: its cache, and how its values are written and read now. */
export interface SealedKind {
  readonly cache: KindCache;
  readonly prefix: string;
  readonly resource: string;
  transformer: Transformer;
}

/** Feeds the caches of all kinds from the store's log. */
export class Cacher implements Disposable {
  readonly #served = new Map<Kind, SealedKind>();
  readonly #byPrefix: SealedKind[] = [];
  /** Of kinds that are stored as others. */
  readonly #converted = new Map<Kind, ConvertedCache>();
  /** Objects of writes under way, by the bytes handed to the store: what we wrote need not be parsed again. */
  readonly #known = new WeakMap<Uint8Array, ReadObject>();
  #subscription: Disposable | undefined;
  #revision = 0;

  private constructor(kinds: readonly Kind[], transformerFor: TransformerFor, startRevision: number) {
    for (const kind of kinds.filter(({ storedAs }) => storedAs === undefined)) {
      const name = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
      const served = {
        cache: new KindCache(kind, startRevision),
        prefix: kindPrefix(kind),
        resource: name,
        transformer: transformerFor(name) ?? PLAINLY,
      };
      this.#served.set(kind, served);
      this.#byPrefix.push(served);
    }
    for (const kind of kinds.filter(isConverted))
      this.#converted.set(kind, new ConvertedCache(kind, this.cacheOf(kind.storedAs.kind)));
    this.#revision = startRevision;
  }

  /** Reads everything stored of the given kinds, then follows the log. */
  static async start(store: Store, kinds: readonly Kind[], transformerFor: TransformerFor): Promise<Cacher> {
    const wanted = Math.max(0, (await store.currentRevision()) - REPLAYED_REVISIONS);
    const { values, revision } = await listFrom(store, wanted);
    const cacher = new Cacher(kinds, transformerFor, revision);
    for (const { key, value, revision: at } of values) {
      const served = cacher.#servedFor(key);
      if (served !== undefined) cacher.#load(served, key, value, at);
    }
    cacher.#subscription = store.subscribe(revision, (changes) => cacher.#take(changes));
    return cacher;
  }

  /** The cache of a kind. @throws Error for a kind that was not given at start. */
  cacheOf(kind: Kind): ObjectCache {
    const cache = this.#converted.get(kind) ?? this.#served.get(kind)?.cache;
    if (cache === undefined) throw new Error(`${kind.kind} is not served`);
    return cache;
  }

  /** The newest revision that the caches show. */
  get revision(): number {
    return this.#revision;
  }

  /**
   * Encrypts, where its kind asks for it, what goes to the store, and remembers the object behind the bytes.
   * @param kind the one that is stored.
   * @returns the bytes to be stored.
   */
  seal(kind: Kind, key: string, object: AnyObject, plain: Buffer): Buffer {
    const { transformer } = this.#served.get(kind)!;
    const sealed = transformer.encrypt(plain, key);
    this.#known.set(sealed, { object, plain, sealedWith: transformer.writesWith });
    return sealed;
  }

  /** Whether an object would be written otherwise now than it is: with another key, or encrypted at all. */
  isStale(kind: Kind, { sealedWith }: Entry): boolean {
    const { transformer } = this.#served.get(kind.storedAs?.kind ?? kind)!;
    return sealedWith !== undefined && sealedWith !== transformer.writesWith;
  }

  /** All stored kinds, with how they are written. */
  sealedKinds(): readonly SealedKind[] {
    return this.#byPrefix;
  }

  /** From now on values are written and read otherwise. What is in memory stays: it has been read. */
  useTransformers(transformerFor: TransformerFor): void {
    for (const served of this.#byPrefix) served.transformer = transformerFor(served.resource) ?? PLAINLY;
  }

  /**
   * Reads stored bytes of a kind: for snapshots of the past, which the cache does not hold.
   * @throws ApiError InternalError for what no key opens.
   */
  unseal(kind: Kind, key: string, value: Uint8Array, revision: number): Entry {
    const stored = this.#entry(this.#served.get(kind.storedAs?.kind ?? kind)!, key, value, revision);
    if ('why' in stored) throw unreadableError(key, stored);
    return this.#converted.get(kind)?.convert(stored) ?? stored;
  }

  [Symbol.dispose](): void {
    this.#subscription?.[Symbol.dispose]();
  }

  #load(served: SealedKind, key: string, value: Uint8Array, revision: number): void {
    const entry = this.#entry(served, key, value, revision);
    if ('why' in entry) served.cache.applyUnreadable(key, entry);
    else served.cache.load(entry);
  }

  #take(changes: readonly Change[]): void {
    for (const { key, value, revision } of changes) {
      this.#revision = revision;
      const served = this.#servedFor(key);
      if (served === undefined) continue;
      const entry = value === null ? null : this.#entry(served, key, value, revision);
      if (entry !== null && 'why' in entry) served.cache.applyUnreadable(key, entry);
      else served.cache.apply(key, revision, entry);
    }
  }

  /** What cannot be read says so: going on as if it were not there would be worse. */
  #entry(served: SealedKind, key: string, value: Uint8Array, revision: number): Entry | Unreadable {
    const { cache } = served;
    try {
      const { object, plain, sealedWith } =
        this.#known.get(value) ?? readSealed(served.transformer, { key, value, revision });
      object.metadata.resourceVersion = String(revision);
      return { key, object, json: servedBytes(cache.kind, plain, revision), revision, sealedWith };
    } catch (error) {
      if (!(error instanceof DecryptionError)) throw error;
      return { revision, why: error.message };
    }
  }

  #servedFor(key: string): SealedKind | undefined {
    return this.#byPrefix.find(({ prefix }) => key.startsWith(prefix));
  }
}

function isConverted(kind: Kind): kind is Kind & { readonly storedAs: StoredAs } {
  return kind.storedAs !== undefined;
}

async function listFrom(store: Store, revision: number) {
  try {
    return await store.list({ prefix: '/registry/', revision });
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error;
    return store.list({ prefix: '/registry/', revision: error.compactedRevision });
  }
}
