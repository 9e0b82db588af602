import { persistentVolumes } from '@hawser/api';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { lacks, waitsFor, withFinalizer, withoutFinalizer } from './finalizers.ts';

const FINALIZER = 'kubernetes.io/pv-protection';

/**
 * Lets a volume that is being deleted go when it is not bound (pkg/controller/volume/pvprotection); one that came
 * without the finalizer gets it.
 */
export function createVolumeProtectionController(context: ControllerContext): Controller {
  const { client, informers } = context;
  const name = 'persistentvolume-protection-controller';
  const volumes = informers.get(persistentVolumes);
  const sync = async (key: string, signal: AbortSignal) => {
    const volume = volumes.get(key);
    if (volume === undefined) return;
    if (lacks(volume, FINALIZER))
      await client.update(persistentVolumes, withFinalizer(volume, FINALIZER), { signal });
    else if (waitsFor(volume, FINALIZER) && volume.status?.phase !== 'Bound')
      await client.update(persistentVolumes, withoutFinalizer(volume, FINALIZER), { signal });
  };
  return new Reconciler(context, { name, sync }).follow(volumes);
}
