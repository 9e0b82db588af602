import { type Infer, list, message, one } from '../../schema/fields.ts';
import { type KindObject, kind, STATUS } from '../../schema/kind.ts';
import { SCALE } from '../autoscaling/scale.ts';
import { PodTemplateSpec } from '../core/pod/pod-template-spec.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { deploymentColumns } from './deployment-columns.ts';

export const RollingUpdateDeployment = message(
  'io.k8s.api.apps.v1.RollingUpdateDeployment',
  'How far a rolling update may stray from the wanted number of pods.',
  {
    maxUnavailable: one(
      'intOrString',
      1,
      'How many may be missing: a number, or a percentage rounded down.',
      {
        keepsZero: true,
      },
    ),
    maxSurge: one('intOrString', 2, 'How many there may be too many: a number, or a percentage rounded up.', {
      keepsZero: true,
    }),
  },
);
export interface RollingUpdateDeployment extends Infer<typeof RollingUpdateDeployment> {}

export const DeploymentStrategy = message(
  'io.k8s.api.apps.v1.DeploymentStrategy',
  'How old pods give way to new ones.',
  {
    type: one('string', 1, 'RollingUpdate, or Recreate: all old ones first.', { default: 'RollingUpdate' }),
    rollingUpdate: one(RollingUpdateDeployment, 2, 'Settings of a rolling update.'),
  },
);
export interface DeploymentStrategy extends Infer<typeof DeploymentStrategy> {}

export const DeploymentSpec = message('io.k8s.api.apps.v1.DeploymentSpec', 'What pods there shall be.', {
  replicas: one('int32', 1, 'How many pods there shall be.', { keepsZero: true, default: 1 }),
  selector: one(LabelSelector, 2, 'Which pods are meant; fixed, and must match the template.', {
    required: true,
    pointer: true,
  }),
  template: one(PodTemplateSpec, 3, 'What the pods look like; a change of it rolls out.', { required: true }),
  strategy: one(DeploymentStrategy, 4, 'How old pods give way to new ones.', {
    keepsZero: false,
    retainKeys: true,
  }),
  minReadySeconds: one('int32', 5, 'Seconds that a pod must be ready to count as available.'),
  revisionHistoryLimit: one('int32', 6, 'How many old ReplicaSets are kept to roll back to.', {
    keepsZero: true,
    default: 10,
  }),
  paused: one('bool', 7, 'Whether changes of the template wait.'),
  progressDeadlineSeconds: one('int32', 9, 'Seconds without progress after which a rollout has failed.', {
    keepsZero: true,
    default: 600,
  }),
});
export interface DeploymentSpec extends Infer<typeof DeploymentSpec> {}

export const DeploymentCondition = message(
  'io.k8s.api.apps.v1.DeploymentCondition',
  "One aspect of a Deployment's current state.",
  {
    type: one('string', 1, 'Which aspect: Available, Progressing or ReplicaFailure.', { required: true }),
    status: one('string', 2, 'True, False or Unknown.', { required: true }),
    lastUpdateTime: one('time', 6, 'When it was last said.'),
    lastTransitionTime: one('time', 7, 'When the status last changed.'),
    reason: one('string', 4, 'Why it last changed, in one word.'),
    message: one('string', 5, 'Why it last changed, in words for people.'),
  },
);
export interface DeploymentCondition extends Infer<typeof DeploymentCondition> {}

export const DeploymentStatus = message(
  'io.k8s.api.apps.v1.DeploymentStatus',
  'What was last seen of the pods.',
  {
    observedGeneration: one('int64', 1, 'The generation of the spec that this was judged by.'),
    replicas: one('int32', 2, 'How many there are.'),
    updatedReplicas: one('int32', 3, 'How many are of the current template.'),
    readyReplicas: one('int32', 7, 'How many are ready.'),
    availableReplicas: one('int32', 4, 'How many have been ready for minReadySeconds.'),
    unavailableReplicas: one('int32', 5, 'How many are yet missing.'),
    terminatingReplicas: one('int32', 9, 'How many are being deleted.', { keepsZero: true }),
    conditions: list(DeploymentCondition, 6, 'The aspects of its state.', {
      mapKeys: ['type'],
      mergeKey: 'type',
    }),
    collisionCount: one('int32', 8, "How often a new ReplicaSet's name was taken.", { keepsZero: true }),
  },
);
export interface DeploymentStatus extends Infer<typeof DeploymentStatus> {}

export const DeploymentSchema = message(
  'io.k8s.api.apps.v1.Deployment',
  'Keeps pods of one kind, and rolls changes of it out.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    spec: one(DeploymentSpec, 2, 'What there shall be.', { required: true, inOpenApi: 'optional' }),
    status: one(DeploymentStatus, 3, 'What was last seen; kept by the system.', { keepsZero: false }),
  },
);
export interface Deployment extends KindObject<typeof DeploymentSchema> {}

export const deployments = kind({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  schema: DeploymentSchema,
  subresources: { ...SCALE, ...STATUS },
  columns: deploymentColumns,
});
