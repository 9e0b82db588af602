import type { Selector } from '@hawser/api';
import { isNotFound, type KubeClient, type Named, type Resource, StatusError } from '@hawser/client';
import { controllerReference } from './controller-ref.ts';
import { decideClaims } from './decide-claims.ts';

export interface ClaimOptions<T extends Named> {
  readonly client: KubeClient;
  readonly ownerKind: Resource;
  readonly kind: Resource;
  readonly selector: Selector;
  readonly signal: AbortSignal;
  readonly mayAdopt?: (candidate: T) => boolean;
}

/**
 * Adopts what an owner selects and nobody manages, and lets go of what it manages and no longer selects.
 * @returns what it then manages.
 */
export async function claimObjects<T extends Named>(
  owner: Named,
  candidates: readonly T[],
  options: ClaimOptions<T>,
): Promise<T[]> {
  const { selector, mayAdopt } = options;
  const { owned, adopt, release } = decideClaims(owner, selector, candidates, mayAdopt);
  const claimed = [...owned];
  if (adopt.length > 0 && (await isStillThere(owner, options)))
    for (const candidate of adopt) claimed.push(...(await adoptOne(owner, candidate, options)));
  for (const candidate of release) await releaseOne(owner, candidate, options);
  return claimed;
}

/** The cache may be late: an owner that has been deleted, or made anew under its name, adopts nothing. */
async function isStillThere<T extends Named>(
  { metadata }: Named,
  { client, ownerKind, signal }: ClaimOptions<T>,
): Promise<boolean> {
  const { name, namespace, uid } = metadata;
  try {
    const fresh = await client.get(ownerKind, name, { namespace, signal });
    return fresh.metadata.uid === uid && fresh.metadata.deletionTimestamp === undefined;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

async function adoptOne<T extends Named>(
  owner: Named,
  { metadata }: T,
  { client, ownerKind, kind, signal }: ClaimOptions<T>,
): Promise<T[]> {
  const { name, namespace, uid } = metadata;
  const patch = { metadata: { uid, ownerReferences: [controllerReference(owner, ownerKind)] } };
  try {
    const adopted = await client.patch(kind, name, patch, { namespace, type: 'strategic', signal });
    return [adopted as unknown as T];
  } catch (error) {
    // It has gone meanwhile.
    if (isNotFound(error)) return [];
    throw error;
  }
}

async function releaseOne<T extends Named>(
  owner: Named,
  { metadata }: Named,
  { client, kind, signal }: ClaimOptions<T>,
): Promise<void> {
  const { name, namespace, uid } = metadata;
  const patch = { metadata: { uid, ownerReferences: [{ $patch: 'delete', uid: owner.metadata.uid }] } };
  try {
    await client.patch(kind, name, patch, { namespace, type: 'strategic', signal });
  } catch (error) {
    // It has gone, or belongs to nobody and was made anew: either way it is let go.
    const isMoot = error instanceof StatusError && (error.code === 422 || error.code === 409);
    if (!isNotFound(error) && !isMoot) throw error;
  }
}
