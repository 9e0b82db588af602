import { type Cacher, labelOf, PLAIN, type SealedKind } from '@hawser/registry';

/** How many objects of a resource were written with one provider and key. */
export interface StoredWith {
  /** Such as `aesgcm:key1`. */
  readonly sealedWith: string;
  readonly objects: number;
  /** Would be written otherwise now. */
  readonly stale: boolean;
  /** Read before, but no configured key reads it any more. */
  readonly lost: boolean;
}

/** How a resource is stored, and how it would be. */
export interface ResourceEncryption {
  readonly resource: string;
  readonly writesWith: string;
  readonly stored: readonly StoredWith[];
  readonly unreadable: readonly { readonly key: string; readonly why: string }[];
}

/** Every resource that is encrypted, is to be, or was. */
export function encryptionStatus(cacher: Cacher): ResourceEncryption[] {
  return cacher
    .sealedKinds()
    .map(statusOf)
    .filter(
      ({ writesWith, stored, unreadable }) =>
        writesWith !== PLAIN || stored.some(({ stale }) => stale) || unreadable.length > 0,
    );
}

function statusOf({ resource, transformer, cache }: SealedKind): ResourceEncryption {
  const counts = new Map<string, number>();
  for (const { sealedWith = PLAIN } of cache.readable())
    counts.set(sealedWith, (counts.get(sealedWith) ?? 0) + 1);
  return {
    resource,
    writesWith: labelOf(transformer.writesWith),
    stored: [...counts].map(([sealedWith, objects]) => ({
      sealedWith: labelOf(sealedWith),
      objects,
      stale: sealedWith !== transformer.writesWith,
      lost: !transformer.reads.includes(sealedWith),
    })),
    unreadable: [...cache.unreadable].map(([key, { why }]) => ({ key, why })),
  };
}
