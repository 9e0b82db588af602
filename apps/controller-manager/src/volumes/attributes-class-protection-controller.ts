import {
  type PersistentVolume,
  type PersistentVolumeClaim,
  persistentVolumeClaims,
  persistentVolumes,
  volumeAttributesClasses,
} from '@hawser/api';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { lacks, waitsFor, withFinalizer, withoutFinalizer } from './finalizers.ts';

const FINALIZER = 'kubernetes.io/vac-protection';

/**
 * Lets a class of attributes that is being deleted go when no volume has it and no claim has or wants it
 * (pkg/controller/volume/vacprotection); one that came without the finalizer gets it.
 */
export function createAttributesClassProtectionController(context: ControllerContext): Controller {
  const { client, informers } = context;
  const name = 'volumeattributesclass-protection-controller';
  const classes = informers.get(volumeAttributesClasses);
  const claims = informers.get(persistentVolumeClaims);
  const volumes = informers.get(persistentVolumes);

  /** The caches may be behind: that nothing names it, the server must say too. */
  const isInUse = async (className: string, signal: AbortSignal): Promise<boolean> => {
    const byClaim = (claim: PersistentVolumeClaim) => classesOfClaim(claim).includes(className);
    const byVolume = (volume: PersistentVolume) => classOfVolume(volume).includes(className);
    if (claims.list().some(byClaim) || volumes.list().some(byVolume)) return true;
    if ((await client.list(persistentVolumeClaims, { signal })).items.some(byClaim)) return true;
    return (await client.list(persistentVolumes, { signal })).items.some(byVolume);
  };

  const sync = async (key: string, signal: AbortSignal) => {
    const found = classes.get(key);
    if (found === undefined) return;
    if (lacks(found, FINALIZER))
      await client.update(volumeAttributesClasses, withFinalizer(found, FINALIZER), { signal });
    else if (waitsFor(found, FINALIZER) && !(await isInUse(key, signal)))
      await client.update(volumeAttributesClasses, withoutFinalizer(found, FINALIZER), { signal });
  };
  // What a changed claim named before may be free now: those that wait are few, and all have a look.
  const waiting = () =>
    classes
      .list()
      .filter((one) => waitsFor(one, FINALIZER))
      .map(({ metadata }) => metadata.name);
  return new Reconciler(context, { name, sync })
    .follow(classes)
    .follow(claims, waiting)
    .follow(volumes, waiting);
}

/** The classes that a claim wants, has, or is on the way to. */
function classesOfClaim({ spec, status }: PersistentVolumeClaim): string[] {
  return [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter((name): name is string => Boolean(name));
}

function classOfVolume({ spec }: PersistentVolume): string[] {
  return spec?.volumeAttributesClassName ? [spec.volumeAttributesClassName] : [];
}
