import type { Kind, StoredAs } from '@hawser/api';
import { type Change, CompactedError, type Store } from '@hawser/storage';
import type { AnyObject } from '../any-object.ts';
import { kindPrefix } from '../encoding/keys.ts';
import { parseStored, servedBytes } from '../encoding/object-bytes.ts';
import type { TransformerFor } from '../encryption/encryption-config.ts';
import { DecryptionError, identityTransformer, type Transformer } from '../encryption/transformer.ts';
import { ConvertedCache } from './converted-cache.ts';
import { type Entry, KindCache } from './kind-cache.ts';
import type { ObjectCache } from './object-cache.ts';

/** So much of the past is read back at start, so that watches resume across a restart of the hub. */
const REPLAYED_REVISIONS = 2048;

interface Served {
  readonly cache: KindCache;
  readonly prefix: string;
  readonly transformer: ReturnType<TransformerFor>;
}

/** Feeds the caches of all kinds from the store's log. */
export class Cacher implements Disposable {
  readonly #served = new Map<Kind, Served>();
  readonly #byPrefix: Served[] = [];
  /** Of kinds that are stored as others. */
  readonly #converted = new Map<Kind, ConvertedCache>();
  /** Objects of writes under way, by the bytes handed to the store: what we wrote need not be parsed again. */
  readonly #known = new WeakMap<Uint8Array, { object: AnyObject; plain: Uint8Array }>();
  #subscription: Disposable | undefined;
  #revision = 0;

  private constructor(kinds: readonly Kind[], transformerFor: TransformerFor, startRevision: number) {
    for (const kind of kinds.filter(({ storedAs }) => storedAs === undefined)) {
      const name = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
      const served = {
        cache: new KindCache(kind, startRevision),
        prefix: kindPrefix(kind),
        transformer: transformerFor(name),
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
      if (served !== undefined) served.cache.load(cacher.#entry(served, key, value, at));
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
    const sealed = this.#served.get(kind)?.transformer?.encrypt(plain, key) ?? plain;
    this.#known.set(sealed, { object, plain });
    return sealed;
  }

  /** Reads stored bytes of a kind: for snapshots of the past, which the cache does not hold. */
  unseal(kind: Kind, key: string, value: Uint8Array, revision: number): Entry {
    const stored = this.#entry(this.#served.get(kind.storedAs?.kind ?? kind)!, key, value, revision);
    return this.#converted.get(kind)?.convert(stored) ?? stored;
  }

  [Symbol.dispose](): void {
    this.#subscription?.[Symbol.dispose]();
  }

  #take(changes: readonly Change[]): void {
    for (const { key, value, revision } of changes) {
      this.#revision = revision;
      const served = this.#servedFor(key);
      served?.cache.apply(key, revision, value === null ? null : this.#entry(served, key, value, revision));
    }
  }

  #entry(
    { cache: { kind }, transformer = identityTransformer }: Served,
    key: string,
    value: Uint8Array,
    revision: number,
  ): Entry {
    const known = this.#known.get(value);
    const plain = known?.plain ?? decrypt(transformer, value, key);
    const object = known?.object ?? parseStored(plain, revision);
    object.metadata.resourceVersion = String(revision);
    return { key, object, json: servedBytes(kind, plain, revision), revision };
  }

  #servedFor(key: string): Served | undefined {
    return this.#byPrefix.find(({ prefix }) => key.startsWith(prefix));
  }
}

function isConverted(kind: Kind): kind is Kind & { readonly storedAs: StoredAs } {
  return kind.storedAs !== undefined;
}

/** A value that cannot be read stops the hub: going on as if it were not there would be worse. */
function decrypt(transformer: Transformer, value: Uint8Array, key: string): Uint8Array {
  try {
    return transformer.decrypt(value, key);
  } catch (cause) {
    throw new DecryptionError(`${key}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

async function listFrom(store: Store, revision: number) {
  try {
    return await store.list({ prefix: '/registry/', revision });
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error;
    return store.list({ prefix: '/registry/', revision: error.compactedRevision });
  }
}
