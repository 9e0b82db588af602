import type { Kind } from '@hawser/api';
import type { AnyObject } from './any-object.ts';
import type { Entry } from './cache/kind-cache.ts';
import { objectKey } from './encoding/keys.ts';
import { servedBytes, storedBytes } from './encoding/object-bytes.ts';
import type { Resource } from './resource.ts';
import type { WriteContext } from './write-context.ts';

export type Committed = { readonly entry: Entry } | { readonly conflict: true };

/**
 * Writes an object if its key still stands at a revision (0: does not exist), and gives back the entry as
 * readers see it. A dry run answers as if it had been written.
 */
export async function commitObject(
  { kind, cache, cacher, store }: Resource,
  object: AnyObject,
  expectedRevision: number,
  context: WriteContext,
): Promise<Committed> {
  const { namespace = '', name } = object.metadata;
  if (context.dryRun) {
    const standing = cache.entry(namespace, name)?.revision ?? 0;
    return standing === expectedRevision ? { entry: entryOf(kind, object, standing) } : { conflict: true };
  }
  const key = objectKey(kind, namespace, name);
  const stored = storedFormOf(kind, object);
  const value = cacher.seal(stored.kind, key, stored.object, storedBytes(stored.kind, stored.object));
  const result = await store.commit({ key, value, expectedRevision }, (revision) => {
    object.metadata.resourceVersion = String(revision);
    return context.outbox?.(object, expectedRevision === 0 ? 'CREATE' : 'UPDATE') ?? [];
  });
  if (!result.committed) return { conflict: true };
  // The cache was fed before the commit resolved; a still newer write may already stand there.
  const current = cache.entry(namespace, name);
  return { entry: current?.revision === result.revision ? current : entryOf(kind, object, result.revision) };
}

/** What goes to the store: the object itself, or, of a second version, the one that it is stored as. */
function storedFormOf(kind: Kind, object: AnyObject): { kind: Kind; object: AnyObject } {
  if (kind.storedAs === undefined) return { kind, object };
  return { kind: kind.storedAs.kind, object: kind.storedAs.toStored(object as never) as AnyObject };
}

/** The entry of an object that is not, or no longer, in the cache. */
export function entryOf(kind: Kind, object: AnyObject, revision: number): Entry {
  const key = objectKey(kind, object.metadata.namespace ?? '', object.metadata.name);
  return { key, object, json: servedBytes(kind, storedBytes(kind, object), revision), revision };
}

/** Removes an object if it still stands at a revision. @returns false where it does not. */
export async function commitRemoval(
  { kind, store }: Resource,
  entry: Entry,
  context: WriteContext,
): Promise<boolean> {
  if (context.dryRun) return true;
  const { namespace = '', name } = entry.object.metadata;
  const write = { key: objectKey(kind, namespace, name), value: null, expectedRevision: entry.revision };
  const result = await store.commit(write, () => context.outbox?.(entry.object, 'DELETE') ?? []);
  return result.committed;
}
