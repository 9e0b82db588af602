import type { Kind } from '@hawser/api';
import type { CacheEvent, CacheListener, Entry } from './kind-cache.ts';

/** All objects of one kind with the recent past, as the verbs read them. */
export interface ObjectCache {
  readonly kind: Kind;
  /** The revision of the newest change; derived data with another version is stale. */
  readonly version: number;
  readonly size: number;
  /** @throws ApiError InternalError where an object, or one of a namespace, or any, is stored and cannot be read. */
  assertReadable(namespace: string, name?: string): void;
  entry(namespace: string, name: string): Entry | undefined;
  /** Entries of a namespace, or all, in the order of their keys. */
  entries(namespace?: string, after?: string): Entry[];
  /** The events after a revision, oldest first; undefined when some of them are no longer kept. */
  eventsAfter(revision: number): readonly CacheEvent[] | undefined;
  subscribe(listener: CacheListener): Disposable;
}
