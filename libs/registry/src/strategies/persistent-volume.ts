import { isDeepStrictEqual } from 'node:util';
import {
  type FieldError,
  forbiddenField,
  formatTime,
  notSupported,
  type PersistentVolume,
  type PersistentVolumeSpec,
  persistentVolumeSources,
  required,
} from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { immutableFaults } from '../validation/immutable.ts';
import { backstepFaults } from '../validation/paths.ts';
import { nodeSelectorFaults } from '../validation/pod-spec/affinity-faults.ts';
import { positiveQuantityFaults } from '../validation/quantities.ts';
import { accessModeFaults, classNameFaults } from '../validation/volume-terms.ts';
import { driverNameFaults } from './csi.ts';

type Data = PersistentVolume & Record<string, unknown>;

/** kubernetes/pkg/registry/core/persistentvolume, pkg/apis/core/validation. */
export const persistentVolumeStrategy: Strategy<Data> = {
  returnDeletedObject: true,

  prepareForCreate(volume) {
    complete(volume);
    volume.status = { phase: 'Pending', lastPhaseTransitionTime: volume.metadata.creationTimestamp! };
  },

  prepareForUpdate: complete,

  prepareForStatusUpdate({ status }, old, _context, now) {
    if (status === undefined || status.phase === old.status?.phase) return;
    if (status.lastPhaseTransitionTime === old.status?.lastPhaseTransitionTime)
      status.lastPhaseTransitionTime = formatTime(now);
  },

  validate: ({ spec = {} }) => persistentVolumeSpecFaults('spec', spec),

  validateUpdate({ spec = {} }, { spec: old = {} }) {
    const faults: FieldError[] = [];
    if (!isDeepStrictEqual(sourceOf(withoutNewExpandSecret(spec, old)), sourceOf(old)))
      faults.push(
        forbiddenField(
          'spec.persistentvolumesource',
          'spec.persistentvolumesource is immutable after creation',
        ),
      );
    faults.push(...immutableFaults('volumeMode', spec.volumeMode, old.volumeMode));
    if (old.nodeAffinity !== undefined)
      faults.push(...immutableFaults('nodeAffinity', spec.nodeAffinity, old.nodeAffinity));
    if (old.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined)
      faults.push(
        forbiddenField('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'),
      );
    return faults;
  },
};

function complete(volume: Data): void {
  volume.spec ??= {};
  volume.spec.persistentVolumeReclaimPolicy ||= 'Retain';
  volume.spec.volumeMode ??= 'Filesystem';
}

/** A volume may learn later which secret growing it takes. */
function withoutNewExpandSecret(spec: PersistentVolumeSpec, old: PersistentVolumeSpec): PersistentVolumeSpec {
  if (spec.csi === undefined || old.csi === undefined || old.csi.controllerExpandSecretRef) return spec;
  const { controllerExpandSecretRef: _new, ...csi } = spec.csi;
  return { ...spec, csi };
}

function sourceOf(spec: PersistentVolumeSpec) {
  return persistentVolumeSources.map((name) => spec[name]);
}

/** Faults of a volume's spec, by itself or within a VolumeAttachment (`ValidatePersistentVolumeSpec`). */
export function persistentVolumeSpecFaults(
  at: string,
  spec: PersistentVolumeSpec,
  inline = false,
): FieldError[] {
  return [
    ...accessModeFaults(at, spec.accessModes),
    ...(inline ? inlineFaults(at, spec) : capacityFaults(`${at}.capacity`, spec.capacity)),
    ...(inline ? [] : affinityFaults(`${at}.nodeAffinity`, spec.nodeAffinity)),
    ...sourceFaults(at, spec),
    ...classFaults(at, spec, inline),
  ];
}

function capacityFaults(at: string, capacity: Readonly<Record<string, string>> = {}): FieldError[] {
  const names = Object.keys(capacity);
  const faults: FieldError[] = names.length === 0 ? [required(at)] : [];
  if (capacity['storage'] === undefined || names.length > 1)
    faults.push(notSupported(at, capacity, ['storage']));
  for (const [name, quantity] of Object.entries(capacity))
    faults.push(...positiveQuantityFaults(`${at}[${name}]`, quantity));
  return faults;
}

function affinityFaults(at: string, affinity: PersistentVolumeSpec['nodeAffinity']): FieldError[] {
  if (affinity === undefined) return [];
  if (affinity.required === undefined)
    return [required(`${at}.required`, 'must specify required node constraints')];
  return nodeSelectorFaults(`${at}.required`, affinity.required);
}

function sourceFaults(at: string, spec: PersistentVolumeSpec): FieldError[] {
  const given = persistentVolumeSources.filter((name) => spec[name] !== undefined);
  if (given.length === 0) return [required(at, 'must specify a volume type')];
  const faults = given
    .slice(1)
    .map((name) => forbiddenField(`${at}.${name}`, 'may not specify more than 1 volume type'));
  for (const name of ['hostPath', 'local'] as const)
    faults.push(...backstepFaults(`${at}.${name}.path`, spec[name]?.path ?? ''));
  if (spec.local !== undefined && spec.nodeAffinity?.required === undefined)
    faults.push(required(`${at}.nodeAffinity`, 'Local volume requires node affinity'));
  if (/^\/+$/.test(spec.hostPath?.path ?? '') && spec.persistentVolumeReclaimPolicy === 'Recycle')
    faults.push(
      forbiddenField(
        `${at}.persistentVolumeReclaimPolicy`,
        "may not be 'recycle' for a hostPath mount of '/'",
      ),
    );
  return [...faults, ...driverNameFaults(`${at}.csi.driver`, spec.csi?.driver)];
}

function classFaults(at: string, spec: PersistentVolumeSpec, inline: boolean): FieldError[] {
  const faults = inline ? [] : classNameFaults(`${at}.storageClassName`, spec.storageClassName);
  const { volumeAttributesClassName: attributesClass } = spec;
  if (attributesClass === undefined) return faults;
  faults.push(
    ...(attributesClass === ''
      ? [required(`${at}.volumeAttributesClassName`, 'an empty string is disallowed')]
      : classNameFaults(`${at}.volumeAttributesClassName`, attributesClass)),
  );
  if (spec.csi === undefined)
    faults.push(required(`${at}.csi`, 'has to be specified when using volumeAttributesClassName'));
  return faults;
}

const INLINE = 'in the context of inline volumes';

/** A volume that a pod brings along was never claimed, and has no class and no size of its own. */
function inlineFaults(at: string, spec: PersistentVolumeSpec): FieldError[] {
  const faults = (['claimRef', 'capacity', 'nodeAffinity', 'storageClassName'] as const)
    .filter((name) => spec[name] !== undefined && spec[name] !== '')
    .map((name) => forbiddenField(`${at}.${name}`, `may not be specified ${INLINE}`));
  if (spec.csi === undefined) faults.push(required(`${at}.csi`, `has to be specified ${INLINE}`));
  const { persistentVolumeReclaimPolicy: policy, volumeMode } = spec;
  if (policy && policy !== 'Retain')
    faults.push(forbiddenField(`${at}.persistentVolumeReclaimPolicy`, `may only be Retain ${INLINE}`));
  if (volumeMode !== undefined && volumeMode !== 'Filesystem')
    faults.push(
      forbiddenField(`${at}.volumeMode`, `may not specify volumeMode other than Filesystem ${INLINE}`),
    );
  return faults;
}
