import { type Infer, list, message, one } from '../../schema/fields.ts';
import { type KindObject, kind, STATUS } from '../../schema/kind.ts';
import { SCALE } from '../autoscaling/scale.ts';
import { age } from '../columns.ts';
import { PodTemplateSpec } from '../core/pod/pod-template-spec.ts';
import { templateColumns } from '../core/pod/template-columns.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { replicaColumns } from '../replica-columns.ts';
import { selectorColumn } from '../selector-column.ts';

export const ReplicaSetSpec = message(
  'io.k8s.api.apps.v1.ReplicaSetSpec',
  'How many pods, and of what kind.',
  {
    replicas: one('int32', 1, 'How many pods there shall be.', { keepsZero: true, default: 1 }),
    minReadySeconds: one('int32', 4, 'Seconds that a pod must be ready to count as available.'),
    selector: one(LabelSelector, 2, 'Which pods are meant; fixed, and must match the template.', {
      required: true,
      pointer: true,
    }),
    template: one(PodTemplateSpec, 3, 'What missing pods are made from.', {
      required: true,
      inOpenApi: 'optional',
    }),
  },
);
export interface ReplicaSetSpec extends Infer<typeof ReplicaSetSpec> {}

export const ReplicaSetCondition = message(
  'io.k8s.api.apps.v1.ReplicaSetCondition',
  "One aspect of a ReplicaSet's current state.",
  {
    type: one('string', 1, 'Which aspect, such as ReplicaFailure.', { required: true }),
    status: one('string', 2, 'True, False or Unknown.', { required: true }),
    lastTransitionTime: one('time', 3, 'When the status last changed.'),
    reason: one('string', 4, 'Why it last changed, in one word.'),
    message: one('string', 5, 'Why it last changed, in words for people.'),
  },
);
export interface ReplicaSetCondition extends Infer<typeof ReplicaSetCondition> {}

export const ReplicaSetStatus = message(
  'io.k8s.api.apps.v1.ReplicaSetStatus',
  'What was last seen of the pods.',
  {
    replicas: one('int32', 1, 'How many there are.', { keepsZero: true, required: true }),
    fullyLabeledReplicas: one('int32', 2, 'How many have all labels of the template.'),
    readyReplicas: one('int32', 4, 'How many are ready.'),
    availableReplicas: one('int32', 5, 'How many have been ready for minReadySeconds.'),
    terminatingReplicas: one('int32', 7, 'How many are being deleted.', { keepsZero: true }),
    observedGeneration: one('int64', 3, 'The generation of the spec that this was judged by.'),
    conditions: list(ReplicaSetCondition, 6, 'The aspects of its state.', {
      mapKeys: ['type'],
      mergeKey: 'type',
    }),
  },
);
export interface ReplicaSetStatus extends Infer<typeof ReplicaSetStatus> {}

export const ReplicaSetSchema = message(
  'io.k8s.api.apps.v1.ReplicaSet',
  'Keeps as many pods of one kind as are asked for.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    spec: one(ReplicaSetSpec, 2, 'What there shall be.', { required: true, inOpenApi: 'optional' }),
    status: one(ReplicaSetStatus, 3, 'What was last seen; kept by the system.', { keepsZero: false }),
  },
);
export interface ReplicaSet extends KindObject<typeof ReplicaSetSchema> {}

export const replicaSets = kind({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  schema: ReplicaSetSchema,
  subresources: { ...SCALE, ...STATUS },
  columns: [
    ...replicaColumns,
    age,
    ...templateColumns<ReplicaSet>(({ spec }) => spec.template),
    selectorColumn,
  ],
  fieldLabels: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
});
