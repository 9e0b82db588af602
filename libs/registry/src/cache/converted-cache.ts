import type { Kind, StoredAs } from '@hawser/api';
import type { AnyObject } from '../any-object.ts';
import { servedBytes, storedBytes } from '../encoding/object-bytes.ts';
import type { CacheEvent, CacheListener, Entry } from './kind-cache.ts';
import type { ObjectCache } from './object-cache.ts';

/**
 * The cache of a kind that is stored as another: each entry and each event is converted when it is first asked
 * for, once for all readers, and forgotten with the one that it was made from.
 */
export class ConvertedCache implements ObjectCache {
  readonly #stored: ObjectCache;
  readonly #fromStored: (stored: never) => object;
  readonly #entries = new WeakMap<Entry, Entry>();
  readonly #events = new WeakMap<CacheEvent, CacheEvent>();

  constructor(
    readonly kind: Kind & { readonly storedAs: StoredAs },
    stored: ObjectCache,
  ) {
    this.#stored = stored;
    this.#fromStored = kind.storedAs.fromStored;
  }

  get version(): number {
    return this.#stored.version;
  }

  get size(): number {
    return this.#stored.size;
  }

  assertReadable(namespace: string, name?: string): void {
    this.#stored.assertReadable(namespace, name);
  }

  entry(namespace: string, name: string): Entry | undefined {
    const found = this.#stored.entry(namespace, name);
    return found && this.convert(found);
  }

  entries(namespace?: string, after?: string): Entry[] {
    return this.#stored.entries(namespace, after).map((entry) => this.convert(entry));
  }

  eventsAfter(revision: number): readonly CacheEvent[] | undefined {
    return this.#stored.eventsAfter(revision)?.map((event) => this.#convertEvent(event));
  }

  subscribe(listener: CacheListener): Disposable {
    return this.#stored.subscribe({
      event: (event) => listener.event(this.#convertEvent(event)),
      failed: (error) => listener.failed(error),
    });
  }

  /** A stored entry as this kind shows it. */
  convert(stored: Entry): Entry {
    let entry = this.#entries.get(stored);
    if (entry === undefined) {
      const { key, revision, sealedWith } = stored;
      const object = this.#fromStored(stored.object as never) as AnyObject;
      entry = {
        key,
        object,
        json: servedBytes(this.kind, storedBytes(this.kind, object), revision),
        revision,
        sealedWith,
      };
      this.#entries.set(stored, entry);
    }
    return entry;
  }

  #convertEvent(stored: CacheEvent): CacheEvent {
    let event = this.#events.get(stored);
    if (event === undefined) {
      const previous = stored.previous && this.convert(stored.previous);
      event = { ...stored, entry: this.convert(stored.entry), previous };
      this.#events.set(stored, event);
    }
    return event;
  }
}
