import { type Cacher, DecryptionError, PLAIN, readSealed, type SealedKind } from '@hawser/registry';
import type { Store, StoredValue } from '@hawser/storage';

/** So many values are written at once, which share a commit. */
const BATCH = 64;

/**
 * Writes every stored value anew that is not written as it would be now. Nothing but its form changes: each write is
 * a compare-and-swap on the revision that was read, so that what others write meanwhile, who write with the new key,
 * is never undone. Watchers see a new resourceVersion of the same object. Values that could not be read before are
 * tried again, under the keys of now.
 * @param wrote called with how many were written, as it goes on.
 * @throws the signal's reason, or the store's error; it may be begun again.
 */
export async function rewriteStale(
  cacher: Cacher,
  store: Store,
  signal: AbortSignal,
  wrote: (count: number) => void,
): Promise<void> {
  for (const kind of cacher.sealedKinds())
    for (let keys = staleKeys(kind); keys.length > 0; keys = keys.slice(BATCH)) {
      signal.throwIfAborted();
      const written = await Promise.all(keys.slice(0, BATCH).map((key) => rewrite(kind, store, key)));
      wrote(written.filter(Boolean).length);
    }
}

function staleKeys({ cache, transformer }: SealedKind): string[] {
  const stale = [...cache.readable()].filter(
    ({ sealedWith = PLAIN }) => sealedWith !== transformer.writesWith,
  );
  return [...stale.map(({ key }) => key), ...cache.unreadable.keys()];
}

/** @returns whether it was written anew. */
async function rewrite(kind: SealedKind, store: Store, key: string): Promise<boolean> {
  for (;;) {
    const current = await store.get(key);
    if (current === undefined) return false;
    const plain = stalePlain(kind, current);
    if (plain === undefined) return false;
    // The keys of now, which also told that it is stale: they may have been replaced while the store was asked.
    const value = kind.transformer.encrypt(plain, key);
    const result = await store.commit({ key, value, expectedRevision: current.revision });
    if (result.committed) return true;
  }
}

/**
 * @returns undefined for what is not stale, or cannot be read: aescbc, which cannot tell a wrong key, may have made
 *   nonsense of it, and what would be written of that is lost for the right key, too.
 */
function stalePlain({ cache, transformer }: SealedKind, stored: StoredValue): Uint8Array | undefined {
  try {
    const { plain, sealedWith } = readSealed(transformer, stored);
    return sealedWith !== transformer.writesWith || cache.unreadable.has(stored.key) ? plain : undefined;
  } catch (error) {
    if (error instanceof DecryptionError) return undefined;
    throw error;
  }
}
