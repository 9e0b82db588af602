import { type PersistentVolumeClaim, type Pod, persistentVolumeClaims, pods } from '@hawser/api';
import { keyOf } from '@hawser/client';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { claimsOfPod, holdsClaim } from './claims-of-pod.ts';
import { lacks, waitsFor, withFinalizer, withoutFinalizer } from './finalizers.ts';

const FINALIZER = 'kubernetes.io/pvc-protection';

/**
 * Lets a claim that is being deleted go when no pod uses it (pkg/controller/volume/pvcprotection); one that came
 * without the finalizer gets it.
 */
export function createClaimProtectionController(context: ControllerContext): Controller {
  const { client, informers } = context;
  const name = 'persistentvolumeclaim-protection-controller';
  const claims = informers.get(persistentVolumeClaims);
  const podCache = informers.get(pods);
  podCache.addIndex('claim', (pod) => claimsOfPod(pod).map((claim) => `${pod.metadata.namespace}/${claim}`));

  /** The cache may be behind: that no pod uses it, the server must say too. */
  const isInUse = async (claim: PersistentVolumeClaim, signal: AbortSignal): Promise<boolean> => {
    const holds = (pod: Pod) => holdsClaim(pod, claim);
    if (podCache.index('claim', keyOf(claim)).some(holds)) return true;
    const { items } = await client.list(pods, { namespace: claim.metadata.namespace, signal });
    return items.some(holds);
  };

  const sync = async (key: string, signal: AbortSignal) => {
    const claim = claims.get(key);
    if (claim === undefined) return;
    if (lacks(claim, FINALIZER))
      await client.update(persistentVolumeClaims, withFinalizer(claim, FINALIZER), { signal });
    else if (waitsFor(claim, FINALIZER) && !(await isInUse(claim, signal)))
      await client.update(persistentVolumeClaims, withoutFinalizer(claim, FINALIZER), { signal });
  };
  return new Reconciler(context, { name, sync })
    .follow(claims)
    .follow(podCache, (pod) => claimsOfPod(pod).map((claim) => `${pod.metadata.namespace}/${claim}`));
}
