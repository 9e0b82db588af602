import { type Infer, list, message, one } from '../../schema/fields.ts';
import { type KindObject, kind, STATUS } from '../../schema/kind.ts';
import { PodTemplateSpec } from '../core/pod/pod-template-spec.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { daemonSetColumns } from './daemon-set-columns.ts';

export const RollingUpdateDaemonSet = message(
  'io.k8s.api.apps.v1.RollingUpdateDaemonSet',
  'How many nodes a rolling update may work on at once.',
  {
    maxUnavailable: one(
      'intOrString',
      1,
      'On how many nodes the pod may be missing: a number or a percentage.',
      {
        keepsZero: true,
      },
    ),
    maxSurge: one('intOrString', 2, 'On how many nodes old and new may stand together.', { keepsZero: true }),
  },
);
export interface RollingUpdateDaemonSet extends Infer<typeof RollingUpdateDaemonSet> {}

export const DaemonSetUpdateStrategy = message(
  'io.k8s.api.apps.v1.DaemonSetUpdateStrategy',
  'How old pods give way to new ones.',
  {
    type: one('string', 1, 'RollingUpdate, or OnDelete: when someone deletes the old one.', {
      default: 'RollingUpdate',
    }),
    rollingUpdate: one(RollingUpdateDaemonSet, 2, 'Settings of a rolling update.'),
  },
);
export interface DaemonSetUpdateStrategy extends Infer<typeof DaemonSetUpdateStrategy> {}

export const DaemonSetSpec = message('io.k8s.api.apps.v1.DaemonSetSpec', 'What pod each node shall have.', {
  selector: one(LabelSelector, 1, 'Which pods are meant; fixed, and must match the template.', {
    required: true,
    pointer: true,
  }),
  template: one(PodTemplateSpec, 2, 'What the pods look like, and on which nodes.', { required: true }),
  updateStrategy: one(DaemonSetUpdateStrategy, 3, 'How old pods give way to new ones.', { keepsZero: false }),
  minReadySeconds: one('int32', 4, 'Seconds that a pod must be ready to count as available.'),
  revisionHistoryLimit: one('int32', 6, 'How many old ControllerRevisions are kept to roll back to.', {
    keepsZero: true,
    default: 10,
  }),
});
export interface DaemonSetSpec extends Infer<typeof DaemonSetSpec> {}

export const DaemonSetCondition = message(
  'io.k8s.api.apps.v1.DaemonSetCondition',
  "One aspect of a DaemonSet's current state.",
  {
    type: one('string', 1, 'Which aspect.', { required: true }),
    status: one('string', 2, 'True, False or Unknown.', { required: true }),
    lastTransitionTime: one('time', 3, 'When the status last changed.'),
    reason: one('string', 4, 'Why it last changed, in one word.'),
    message: one('string', 5, 'Why it last changed, in words for people.'),
  },
);
export interface DaemonSetCondition extends Infer<typeof DaemonSetCondition> {}

const COUNT = { keepsZero: true, required: true } as const;

export const DaemonSetStatus = message(
  'io.k8s.api.apps.v1.DaemonSetStatus',
  'What was last seen of the pods.',
  {
    currentNumberScheduled: one('int32', 1, 'Nodes that have the pod and shall.', COUNT),
    numberMisscheduled: one('int32', 2, 'Nodes that have the pod and shall not.', COUNT),
    desiredNumberScheduled: one('int32', 3, 'Nodes that shall have the pod.', COUNT),
    numberReady: one('int32', 4, 'Nodes whose pod is ready.', COUNT),
    observedGeneration: one('int64', 5, 'The generation of the spec that this was judged by.'),
    updatedNumberScheduled: one('int32', 6, 'Nodes whose pod is of the current template.'),
    numberAvailable: one('int32', 7, 'Nodes whose pod has been ready for minReadySeconds.'),
    numberUnavailable: one('int32', 8, 'Nodes whose pod is yet missing.'),
    collisionCount: one('int32', 9, "How often a new ControllerRevision's name was taken.", {
      keepsZero: true,
    }),
    conditions: list(DaemonSetCondition, 10, 'The aspects of its state.', {
      mapKeys: ['type'],
      mergeKey: 'type',
    }),
  },
);
export interface DaemonSetStatus extends Infer<typeof DaemonSetStatus> {}

export const DaemonSetSchema = message(
  'io.k8s.api.apps.v1.DaemonSet',
  'Keeps one pod on each node that fits.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    spec: one(DaemonSetSpec, 2, 'What there shall be.', { required: true, inOpenApi: 'optional' }),
    status: one(DaemonSetStatus, 3, 'What was last seen; kept by the system.', { keepsZero: false }),
  },
);
export interface DaemonSet extends KindObject<typeof DaemonSetSchema> {}

export const daemonSets = kind({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
  schema: DaemonSetSchema,
  subresources: STATUS,
  columns: daemonSetColumns,
});
