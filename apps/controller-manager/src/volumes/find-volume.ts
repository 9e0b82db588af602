import {
  matchesLabels,
  type PersistentVolume,
  type PersistentVolumeClaim,
  parseQuantity,
  selectorOf,
  storageClassOf,
} from '@hawser/api';

/** Whether a volume is reserved for a claim: by its name, and by its UID where the volume says one. */
export function isReservedFor({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const { namespace, name, uid } = spec?.claimRef ?? {};
  if (name !== metadata.name || namespace !== metadata.namespace) return false;
  return !uid || uid === metadata.uid;
}

/**
 * The volume that a claim gets (pkg/volume/util `FindMatchingVolume`): one that is reserved for it, otherwise the
 * smallest that is large enough, is not taken and fits in class, mode, access modes and labels.
 */
export function findVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
): PersistentVolume | undefined {
  const fitting = volumes.filter((volume) => fits(volume, claim));
  const reserved = fitting.find((volume) => isReservedFor(volume, claim));
  if (reserved !== undefined) return reserved;
  return fitting
    .filter(({ spec, status }) => spec?.claimRef === undefined && status?.phase === 'Available')
    .filter((volume) => isOffered(volume, claim))
    .sort((one, other) => compare(sizeOf(one), sizeOf(other)) || compare(nameOf(one), nameOf(other)))[0];
}

/** What must hold of every volume of a claim, reserved or not. */
function fits(volume: PersistentVolume, { spec = {} }: PersistentVolumeClaim): boolean {
  if (volume.metadata.deletionTimestamp !== undefined) return false;
  const sameMode = (volume.spec?.volumeMode ?? 'Filesystem') === (spec.volumeMode ?? 'Filesystem');
  const attributes =
    (volume.spec?.volumeAttributesClassName ?? '') === (spec.volumeAttributesClassName ?? '');
  return sameMode && attributes && sizeOf(volume) >= amount(spec.resources?.requests?.['storage']);
}

function isOffered(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { selector, accessModes = [] } = claim.spec ?? {};
  if (storageClassOf(volume) !== storageClassOf(claim)) return false;
  if (selector !== undefined && !matchesLabels(selectorOf(selector), volume.metadata.labels)) return false;
  return accessModes.every((mode) => volume.spec?.accessModes?.includes(mode));
}

const amount = (quantity: string | undefined) => parseQuantity(quantity ?? '0').nano;
const sizeOf = ({ spec }: PersistentVolume) => amount(spec?.capacity?.['storage']);
const nameOf = ({ metadata }: PersistentVolume) => metadata.name;
const compare = <T>(one: T, other: T) => (one < other ? -1 : one > other ? 1 : 0);
