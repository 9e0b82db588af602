import { ApiError, type Kind } from '@hawser/api';
import type { AnyObject } from '../any-object.ts';
import { namespacePrefix, objectKey } from '../encoding/keys.ts';
import { withRevision } from '../encoding/object-bytes.ts';
import type { ObjectCache } from './object-cache.ts';
import { SortedKeys } from './sorted-keys.ts';

/** An object as it stands: parsed for those who look into it, as bytes for those who send it. */
export interface Entry {
  readonly key: string;
  /** Shared by all readers: never to be changed. */
  readonly object: AnyObject;
  readonly json: Buffer;
  readonly revision: number;
  /** The provider and key that its stored form was written with; absent where that is not known. */
  readonly sealedWith?: string;
}

/** A stored value that no key opens. */
export interface Unreadable {
  readonly revision: number;
  /** Why not, with nothing of the value. */
  readonly why: string;
}

export interface CacheEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  /** The new state; of a deletion the last state, at the deletion's revision. */
  readonly entry: Entry;
  /** The state before, unless it was added. */
  readonly previous: Entry | undefined;
}

export interface CacheListener {
  event(event: CacheEvent): void;
  /** Called once, instead of further events, when `event` threw. */
  failed(error: unknown): void;
}

/** So many past events a kind keeps for watches that resume, and so many bytes of objects with them at most. */
const WINDOW = 2048;
const WINDOW_BYTES = 32 * 1024 * 1024;

/** A state as it is shown at a later revision: of a deletion, or when it ceases to be selected. */
export function entryAt(kind: Kind, { key, object, json, revision }: Entry, at: number): Entry {
  const metadata = { ...object.metadata, resourceVersion: String(at) };
  return { key, object: { ...object, metadata }, json: withRevision(kind, json, revision, at), revision: at };
}

/**
 * All objects of one kind, in memory, with the recent past: GET, LIST and WATCH read here and never wait for
 * the disk. It is fed before writers hear of their success, so that what was acknowledged can be read.
 */
export class KindCache implements ObjectCache {
  readonly #entries = new Map<string, Entry>();
  readonly #keys = new SortedKeys();
  readonly #listeners = new Set<CacheListener>();
  /** By key. They are there, and so neither free to be created nor left out of a list. */
  readonly #unreadable = new Map<string, Unreadable>();
  #window: CacheEvent[] = [];
  #windowBytes = 0;
  /** Every event after this revision is in the window. */
  #windowStart: number;
  #lastRevision: number;

  constructor(
    readonly kind: Kind,
    startRevision: number,
  ) {
    this.#windowStart = startRevision;
    this.#lastRevision = startRevision;
  }

  /** The revision of the newest change to this kind; derived data with another version is stale. */
  get version(): number {
    return this.#lastRevision;
  }

  entry(namespace: string, name: string): Entry | undefined {
    this.assertReadable(namespace, name);
    return this.#entries.get(objectKey(this.kind, namespace, name));
  }

  /** Entries of a namespace, or all, in the order of their keys. */
  entries(namespace = '', after?: string): Entry[] {
    this.assertReadable(namespace);
    return this.#keys
      .range(namespacePrefix(this.kind, namespace), after)
      .map((key) => this.#entries.get(key)!);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Fills the cache at start, without events. */
  load(entry: Entry): void {
    this.#entries.set(entry.key, entry);
    this.#keys.add(entry.key);
    this.#lastRevision = Math.max(this.#lastRevision, entry.revision);
  }

  assertReadable(namespace: string, name?: string): void {
    if (this.#unreadable.size === 0) return;
    const wanted = name === undefined ? undefined : objectKey(this.kind, namespace, name);
    const prefix = namespacePrefix(this.kind, namespace);
    for (const [key, unreadable] of this.#unreadable)
      if (wanted === undefined ? key.startsWith(prefix) : key === wanted)
        throw unreadableError(key, unreadable);
  }

  /** What cannot be read now, by key. */
  get unreadable(): ReadonlyMap<string, Unreadable> {
    return this.#unreadable;
  }

  /** All that can be read, whatever else there is. */
  readable(): Iterable<Entry> {
    return this.#entries.values();
  }

  /**
   * Takes in a value that cannot be read: its object is as if it could not be reached. Watches cannot resume from
   * before, since they would miss it.
   */
  applyUnreadable(key: string, unreadable: Unreadable): void {
    this.#unreadable.set(key, unreadable);
    if (this.#entries.delete(key)) this.#keys.delete(key);
    this.#lastRevision = Math.max(this.#lastRevision, unreadable.revision);
    this.#window = [];
    this.#windowBytes = 0;
    this.#windowStart = this.#lastRevision;
  }

  /** Takes in a change and tells the watchers. A null entry is a deletion. */
  apply(key: string, revision: number, entry: Entry | null): void {
    this.#unreadable.delete(key);
    const previous = this.#entries.get(key);
    const event = entry === null ? this.#remove(key, revision, previous) : this.#put(entry, previous);
    this.#lastRevision = revision;
    if (event === undefined) return;
    this.#remember(event);
    for (const listener of this.#listeners) this.#tell(listener, event);
  }

  /**
   * The events after a revision, oldest first.
   * @returns undefined when some of them are no longer kept.
   */
  eventsAfter(revision: number): readonly CacheEvent[] | undefined {
    if (revision < this.#windowStart) return undefined;
    const first = this.#window.findIndex((event) => event.revision > revision);
    return first === -1 ? [] : this.#window.slice(first);
  }

  /** @param listener called with each event until it is disposed of or throws. */
  subscribe(listener: CacheListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** A watcher that cannot take an event must not hold up the writer, nor the other watchers. */
  #tell(listener: CacheListener, event: CacheEvent): void {
    try {
      listener.event(event);
    } catch (error) {
      this.#listeners.delete(listener);
      listener.failed(error);
    }
  }

  #put(entry: Entry, previous: Entry | undefined): CacheEvent {
    this.#entries.set(entry.key, entry);
    if (previous === undefined) this.#keys.add(entry.key);
    return { type: previous === undefined ? 'ADDED' : 'MODIFIED', revision: entry.revision, entry, previous };
  }

  #remove(key: string, revision: number, previous: Entry | undefined): CacheEvent | undefined {
    if (previous === undefined) return undefined;
    this.#entries.delete(key);
    this.#keys.delete(key);
    return { type: 'DELETED', revision, entry: entryAt(this.kind, previous, revision), previous };
  }

  #remember(event: CacheEvent): void {
    this.#window.push(event);
    this.#windowBytes += event.entry.json.length;
    while (this.#window.length > WINDOW * 2 || (this.#windowBytes > WINDOW_BYTES && this.#window.length > 1))
      this.#forgetHalf();
  }

  /** Dropping half at a time keeps the cost of forgetting constant. */
  #forgetHalf(): void {
    const dropped = this.#window.splice(0, Math.ceil(this.#window.length / 2));
    for (const { entry } of dropped) this.#windowBytes -= entry.json.length;
    this.#windowStart = dropped[dropped.length - 1]!.revision;
  }
}

/** Upstream's words (apiserver/pkg/storage/etcd3/store.go). */
export function unreadableError(key: string, { why }: Unreadable): ApiError {
  const message = `unable to transform key ${JSON.stringify(key)}: ${why}`;
  return new ApiError('InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}
