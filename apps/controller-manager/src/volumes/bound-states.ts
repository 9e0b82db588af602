import type { PersistentVolume, PersistentVolumeClaim } from '@hawser/api';

/** The marks of pkg/controller/volume/persistentvolume. */
const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';

/** Whether a claim was bound once: what happens to it then is another matter than finding it a volume. */
export function wasBound({ metadata }: PersistentVolumeClaim): boolean {
  return metadata.annotations?.[BIND_COMPLETED] !== undefined;
}

/** Whether the volume was chosen by the loop; otherwise somebody reserved it. */
export function wasChosen({ metadata }: PersistentVolume): boolean {
  return metadata.annotations?.[BOUND_BY_CONTROLLER] !== undefined;
}

/** A volume with its claim; undefined where it says so already. */
export function volumeBoundTo(
  volume: PersistentVolume,
  { metadata }: PersistentVolumeClaim,
): PersistentVolume | undefined {
  const { claimRef } = volume.spec ?? {};
  if (claimRef?.uid === metadata.uid && claimRef?.name === metadata.name) return undefined;
  const { name, namespace = '', uid = '', resourceVersion = '' } = metadata;
  const reference = {
    kind: 'PersistentVolumeClaim',
    apiVersion: 'v1',
    namespace,
    name,
    uid,
    resourceVersion,
  };
  const chosen = claimRef === undefined;
  return {
    ...volume,
    metadata: chosen ? annotated(volume.metadata, { [BOUND_BY_CONTROLLER]: 'yes' }) : volume.metadata,
    spec: { ...volume.spec, claimRef: reference },
  };
}

/** A volume without its claim: one that the loop chose is free again, one that was reserved stays so by name. */
export function volumeUnbound(volume: PersistentVolume): PersistentVolume {
  const { claimRef, ...spec } = volume.spec ?? {};
  if (!wasChosen(volume)) {
    const { uid: _uid, resourceVersion: _version, ...reserved } = claimRef ?? {};
    return { ...volume, spec: { ...spec, claimRef: reserved } };
  }
  const { [BOUND_BY_CONTROLLER]: _mark, ...annotations } = volume.metadata.annotations ?? {};
  return { ...volume, metadata: { ...volume.metadata, annotations }, spec };
}

/** A claim with its volume; undefined where it says so already. */
export function claimBoundTo(
  claim: PersistentVolumeClaim,
  { metadata: { name } }: PersistentVolume,
): PersistentVolumeClaim | undefined {
  if (claim.spec?.volumeName === name && wasBound(claim)) return undefined;
  const chosen: Record<string, string> =
    claim.spec?.volumeName === name ? {} : { [BOUND_BY_CONTROLLER]: 'yes' };
  return {
    ...claim,
    metadata: annotated(claim.metadata, { [BIND_COMPLETED]: 'yes', ...chosen }),
    spec: { ...claim.spec, volumeName: name },
  };
}

/** The status of a bound claim: what its volume offers. */
export function boundStatus(
  claim: PersistentVolumeClaim,
  { spec = {} }: PersistentVolume,
): PersistentVolumeClaim {
  const { accessModes = [], capacity = {}, volumeAttributesClassName } = spec;
  // What has grown since is the driver's to say.
  const grown = claim.status?.phase === 'Bound' ? claim.status.capacity : undefined;
  return {
    ...claim,
    status: {
      ...claim.status,
      phase: 'Bound',
      accessModes,
      capacity: grown ?? capacity,
      ...(volumeAttributesClassName && { currentVolumeAttributesClassName: volumeAttributesClassName }),
    },
  };
}

function annotated<M extends { annotations?: { [key: string]: string } }>(
  metadata: M,
  annotations: Record<string, string>,
): M {
  return { ...metadata, annotations: { ...metadata.annotations, ...annotations } };
}
