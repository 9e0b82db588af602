import { isDeepStrictEqual } from 'node:util';
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  type PersistentVolumeClaim,
  type PersistentVolumeClaimSpec,
  parseQuantity,
} from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { claimSpecFaults } from '../validation/claim-spec.ts';
import { immutableFaults } from '../validation/immutable.ts';

type Data = PersistentVolumeClaim & Record<string, unknown>;
type Spec = PersistentVolumeClaimSpec;

const BETA_CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/** kubernetes/pkg/registry/core/persistentvolumeclaim, pkg/apis/core/validation. */
export const persistentVolumeClaimStrategy: Strategy<Data> = {
  returnDeletedObject: true,

  prepareForCreate(claim) {
    claim.spec ??= {};
    claim.status = { phase: 'Pending' };
    dropUnservedSources(claim.spec);
    alignSources(claim.spec);
  },

  prepareForUpdate(claim, old) {
    claim.spec ??= {};
    if (old.spec?.dataSource === undefined && old.spec?.dataSourceRef === undefined)
      dropUnservedSources(claim.spec);
    alignSources(claim.spec);
  },

  validate: ({ spec = {} }) => claimSpecFaults('spec', spec),

  validateUpdate(claim, old) {
    const { spec = {} } = claim;
    const { spec: oldSpec = {} } = old;
    return [
      ...changeFaults(claim, old),
      ...sizeFaults(spec, oldSpec, old.status?.capacity?.['storage']),
      ...immutableFaults('volumeMode', spec.volumeMode, oldSpec.volumeMode),
      ...attributesClassFaults(spec, oldSpec),
    ];
  },
};

/** What fills volumes here are claims and snapshots; other sources are named by the reference alone. */
function dropUnservedSources(spec: Spec): void {
  const { dataSource, dataSourceRef } = spec;
  const isClaim = dataSource?.kind === 'PersistentVolumeClaim' && !dataSource.apiGroup;
  const isSnapshot =
    dataSource?.kind === 'VolumeSnapshot' && dataSource.apiGroup === 'snapshot.storage.k8s.io';
  if (dataSource !== undefined && !isClaim && !isSnapshot) delete spec.dataSource;
  // Sources in other namespaces stand behind a gate that is closed by default.
  if (dataSourceRef?.namespace) delete spec.dataSourceRef;
}

/** The older and the newer way of naming the source say the same. */
function alignSources(spec: Spec): void {
  if (spec.dataSource !== undefined && spec.dataSourceRef === undefined)
    spec.dataSourceRef = { ...spec.dataSource };
  else if (
    spec.dataSourceRef !== undefined &&
    spec.dataSource === undefined &&
    !spec.dataSourceRef.namespace
  ) {
    const { namespace: _namespace, ...source } = spec.dataSourceRef;
    spec.dataSource = source;
  }
}

/** What was claimed stays, but for the volume found, the class found, and the size of what is bound. */
function changeFaults(claim: Data, old: Data): FieldError[] {
  const { spec = {}, metadata, status } = claim;
  const { spec: oldSpec = {}, metadata: oldMetadata } = old;
  const faults: FieldError[] = [];
  const oldAnnotation = oldMetadata.annotations?.[BETA_CLASS_ANNOTATION];
  const annotation = metadata.annotations?.[BETA_CLASS_ANNOTATION];
  const classFound =
    oldSpec.storageClassName === undefined &&
    spec.storageClassName !== undefined &&
    (oldAnnotation === undefined || oldAnnotation === spec.storageClassName);
  const moved = classFound && oldAnnotation !== undefined && annotation === undefined;
  if (annotation !== oldAnnotation && !moved)
    faults.push(
      invalidValue(`metadata.annotations[${BETA_CLASS_ANNOTATION}]`, annotation ?? '', 'field is immutable'),
    );
  const comparable = (one: Spec, bound: boolean) => ({
    ...one,
    volumeName: oldSpec.volumeName ? one.volumeName : undefined,
    storageClassName: classFound ? undefined : one.storageClassName,
    volumeAttributesClassName: undefined,
    resources: bound ? withoutSize(one.resources) : one.resources,
  });
  const bound = status?.phase === 'Bound';
  if (!isDeepStrictEqual(comparable(spec, bound), comparable(oldSpec, bound)))
    faults.push(
      forbiddenField(
        'spec',
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ),
    );
  return faults;
}

function withoutSize(resources: Spec['resources']): unknown {
  const { storage: _size, ...requests } = resources?.requests ?? {};
  return { ...resources, requests };
}

/** A claim grows; it shrinks only while it is growing, and never to what it already has. */
function sizeFaults(spec: Spec, old: Spec, has: string | undefined): FieldError[] {
  const nanos = (quantity: string | undefined) => parseQuantity(quantity ?? '0').nano;
  const size = nanos(spec.resources?.requests?.['storage']);
  if (size >= nanos(old.resources?.requests?.['storage']) || size > nanos(has)) return [];
  return [forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity')];
}

function attributesClassFaults(spec: Spec, old: Spec): FieldError[] {
  const { volumeAttributesClassName: name } = spec;
  if (old.volumeAttributesClassName === undefined || name || name === old.volumeAttributesClassName)
    return [];
  const what = name === undefined ? 'nil' : 'an empty string';
  return [
    forbiddenField('spec.volumeAttributesClassName', `update from non-nil value to ${what} is forbidden`),
  ];
}
