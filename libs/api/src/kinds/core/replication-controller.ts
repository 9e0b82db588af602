import { type Infer, list, map, message, one } from '../../schema/fields.ts';
import { type KindObject, kind, STATUS } from '../../schema/kind.ts';
import { formatLabels } from '../../selectors/format-label-selector.ts';
import { SCALE } from '../autoscaling/scale.ts';
import { age } from '../columns.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { replicaColumns } from '../replica-columns.ts';
import { PodTemplateSpec } from './pod/pod-template-spec.ts';
import { templateColumns } from './pod/template-columns.ts';

export const ReplicationControllerSpec = message(
  'io.k8s.api.core.v1.ReplicationControllerSpec',
  'How many pods, and of what kind.',
  {
    replicas: one('int32', 1, 'How many pods there shall be.', { keepsZero: true, default: 1 }),
    minReadySeconds: one('int32', 4, 'Seconds that a pod must be ready to count as available.'),
    selector: map('string', 2, "Labels of the pods that are meant; the template's if absent.", {
      atomic: true,
    }),
    template: one(PodTemplateSpec, 3, 'What missing pods are made from.'),
  },
);
export interface ReplicationControllerSpec extends Infer<typeof ReplicationControllerSpec> {}

export const ReplicationControllerCondition = message(
  'io.k8s.api.core.v1.ReplicationControllerCondition',
  "One aspect of a ReplicationController's current state.",
  {
    type: one('string', 1, 'Which aspect, such as ReplicaFailure.', { required: true }),
    status: one('string', 2, 'True, False or Unknown.', { required: true }),
    lastTransitionTime: one('time', 3, 'When the status last changed.'),
    reason: one('string', 4, 'Why it last changed, in one word.'),
    message: one('string', 5, 'Why it last changed, in words for people.'),
  },
);
export interface ReplicationControllerCondition extends Infer<typeof ReplicationControllerCondition> {}

export const ReplicationControllerStatus = message(
  'io.k8s.api.core.v1.ReplicationControllerStatus',
  'What was last seen of the pods.',
  {
    replicas: one('int32', 1, 'How many there are.', { keepsZero: true, required: true }),
    fullyLabeledReplicas: one('int32', 2, 'How many have all labels of the template.'),
    readyReplicas: one('int32', 4, 'How many are ready.'),
    availableReplicas: one('int32', 5, 'How many have been ready for minReadySeconds.'),
    observedGeneration: one('int64', 3, 'The generation of the spec that this was judged by.'),
    conditions: list(ReplicationControllerCondition, 6, 'The aspects of its state.', {
      mapKeys: ['type'],
      mergeKey: 'type',
    }),
  },
);
export interface ReplicationControllerStatus extends Infer<typeof ReplicationControllerStatus> {}

export const ReplicationControllerSchema = message(
  'io.k8s.api.core.v1.ReplicationController',
  'Keeps as many pods of one kind as are asked for; ReplicaSet is its successor.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    spec: one(ReplicationControllerSpec, 2, 'What there shall be.', {
      required: true,
      inOpenApi: 'optional',
    }),
    status: one(ReplicationControllerStatus, 3, 'What was last seen; kept by the system.', {
      keepsZero: false,
    }),
  },
);
export interface ReplicationController extends KindObject<typeof ReplicationControllerSchema> {}

export const replicationControllers = kind({
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  shortNames: ['rc'],
  categories: ['all'],
  namespaced: true,
  schema: ReplicationControllerSchema,
  subresources: { ...SCALE, ...STATUS },
  columns: [
    ...replicaColumns,
    age,
    ...templateColumns<ReplicationController>(({ spec }) => spec.template),
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      description: 'Labels of the pods that it selects.',
      value: ({ spec }) => formatLabels(spec.selector),
    },
  ],
  fieldLabels: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
});
