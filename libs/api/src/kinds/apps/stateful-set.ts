import { type Infer, list, message, one } from '../../schema/fields.ts';
import { type KindObject, kind, STATUS } from '../../schema/kind.ts';
import { SCALE } from '../autoscaling/scale.ts';
import { age } from '../columns.ts';
import { PodTemplateSpec } from '../core/pod/pod-template-spec.ts';
import { templateColumns } from '../core/pod/template-columns.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { StatefulSetStatus } from './stateful-set-status.ts';
import { VolumeClaimTemplate } from './volume-claim-template.ts';

export const RollingUpdateStatefulSetStrategy = message(
  'io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy',
  'How far a rolling update goes.',
  {
    partition: one('int32', 1, 'Ordinal from which on pods are updated.', { keepsZero: true }),
    maxUnavailable: one('intOrString', 2, 'How many pods may be missing: a number or a percentage.', {
      keepsZero: true,
    }),
  },
);
export interface RollingUpdateStatefulSetStrategy extends Infer<typeof RollingUpdateStatefulSetStrategy> {}

export const StatefulSetUpdateStrategy = message(
  'io.k8s.api.apps.v1.StatefulSetUpdateStrategy',
  'How old pods give way to new ones.',
  {
    type: one('string', 1, 'RollingUpdate, or OnDelete: when someone deletes the old one.'),
    rollingUpdate: one(RollingUpdateStatefulSetStrategy, 2, 'Settings of a rolling update.'),
  },
);
export interface StatefulSetUpdateStrategy extends Infer<typeof StatefulSetUpdateStrategy> {}

export const StatefulSetPersistentVolumeClaimRetentionPolicy = message(
  'io.k8s.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy',
  'What becomes of claims whose pods are no longer wanted.',
  {
    whenDeleted: one('string', 1, 'Retain or Delete, when the StatefulSet is deleted.', {
      default: 'Retain',
      enum: ['Retain', 'Delete'],
    }),
    whenScaled: one('string', 2, 'Retain or Delete, when it is scaled down.', {
      default: 'Retain',
      enum: ['Retain', 'Delete'],
    }),
  },
);
export interface StatefulSetPersistentVolumeClaimRetentionPolicy
  extends Infer<typeof StatefulSetPersistentVolumeClaimRetentionPolicy> {}

export const StatefulSetOrdinals = message(
  'io.k8s.api.apps.v1.StatefulSetOrdinals',
  'How pods are numbered.',
  {
    start: one('int32', 1, 'Number of the first.', {
      required: true,
      inOpenApi: 'optional',
      keepsZero: true,
    }),
  },
);
export interface StatefulSetOrdinals extends Infer<typeof StatefulSetOrdinals> {}

export const StatefulSetSpec = message('io.k8s.api.apps.v1.StatefulSetSpec', 'What pods there shall be.', {
  replicas: one('int32', 1, 'How many pods there shall be.', { keepsZero: true, default: 1 }),
  selector: one(LabelSelector, 2, 'Which pods are meant; fixed, and must match the template.', {
    required: true,
    pointer: true,
  }),
  template: one(PodTemplateSpec, 3, 'What the pods look like.', { required: true }),
  volumeClaimTemplates: list(VolumeClaimTemplate, 4, 'Claims of which each pod gets its own.'),
  serviceName: one('string', 5, 'Service under which the pods have names.', {
    keepsZero: true,
    pointer: false,
  }),
  podManagementPolicy: one('string', 6, 'OrderedReady: one after another; Parallel: all at once.', {
    default: 'OrderedReady',
  }),
  updateStrategy: one(StatefulSetUpdateStrategy, 7, 'How old pods give way to new ones.', {
    keepsZero: false,
  }),
  revisionHistoryLimit: one('int32', 8, 'How many old ControllerRevisions are kept to roll back to.', {
    keepsZero: true,
    default: 10,
  }),
  minReadySeconds: one('int32', 9, 'Seconds that a pod must be ready to count as available.'),
  persistentVolumeClaimRetentionPolicy: one(
    StatefulSetPersistentVolumeClaimRetentionPolicy,
    10,
    'What becomes of claims whose pods are no longer wanted.',
  ),
  ordinals: one(StatefulSetOrdinals, 11, 'How pods are numbered; from 0 if absent.'),
});
export interface StatefulSetSpec extends Infer<typeof StatefulSetSpec> {}

export const StatefulSetSchema = message(
  'io.k8s.api.apps.v1.StatefulSet',
  'Keeps pods that have lasting names, and lasting storage.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    spec: one(StatefulSetSpec, 2, 'What there shall be.', { required: true, inOpenApi: 'optional' }),
    status: one(StatefulSetStatus, 3, 'What was last seen; kept by the system.', { keepsZero: false }),
  },
);
export interface StatefulSet extends KindObject<typeof StatefulSetSchema> {}

export const statefulSets = kind({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  shortNames: ['sts'],
  categories: ['all'],
  namespaced: true,
  schema: StatefulSetSchema,
  subresources: { ...SCALE, ...STATUS },
  columns: [
    {
      name: 'Ready',
      type: 'string',
      description: 'How many pods are ready, of how many.',
      value: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    },
    age,
    ...templateColumns<StatefulSet>(({ spec }) => spec.template),
  ],
});
