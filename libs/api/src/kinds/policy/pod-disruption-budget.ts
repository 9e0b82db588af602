import { type Infer, list, map, message, one } from '../../schema/fields.ts';
import { type KindObject, kind, STATUS } from '../../schema/kind.ts';
import { Condition } from '../meta/condition.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { podDisruptionBudgetColumns } from './pod-disruption-budget-columns.ts';

export const PodDisruptionBudgetSpec = message(
  'io.k8s.api.policy.v1.PodDisruptionBudgetSpec',
  'How many of which pods may be disrupted at once.',
  {
    minAvailable: one('intOrString', 1, 'How many pods must stay available, as a number or percentage.', {
      keepsZero: true,
    }),
    selector: one(
      LabelSelector,
      2,
      'Which pods; an empty one selects all of the namespace, none selects none.',
      { replaces: true },
    ),
    maxUnavailable: one('intOrString', 3, 'How many pods may be unavailable, as a number or percentage.', {
      keepsZero: true,
    }),
    unhealthyPodEvictionPolicy: one(
      'string',
      4,
      'Whether pods that run and are not ready may be evicted: IfHealthyBudget or AlwaysAllow.',
      { keepsZero: true },
    ),
  },
);
export interface PodDisruptionBudgetSpec extends Infer<typeof PodDisruptionBudgetSpec> {}

export const PodDisruptionBudgetStatus = message(
  'io.k8s.api.policy.v1.PodDisruptionBudgetStatus',
  'How many pods may be disrupted now, and why.',
  {
    observedGeneration: one('int64', 1, 'The generation of the budget that the rest was reckoned from.'),
    disruptedPods: map('time', 2, 'When eviction was granted to pods that are not yet seen to be going.'),
    disruptionsAllowed: one('int32', 3, 'How many pods may be disrupted now.', {
      required: true,
      inOpenApi: 'optional',
      keepsZero: true,
    }),
    currentHealthy: one('int32', 4, 'How many pods are healthy.', {
      required: true,
      inOpenApi: 'optional',
      keepsZero: true,
    }),
    desiredHealthy: one('int32', 5, 'How many pods must be healthy.', {
      required: true,
      inOpenApi: 'optional',
      keepsZero: true,
    }),
    expectedPods: one('int32', 6, 'How many pods there should be.', {
      required: true,
      inOpenApi: 'optional',
      keepsZero: true,
    }),
    conditions: list(Condition, 7, 'The aspects of its state; DisruptionAllowed is one.', {
      mapKeys: ['type'],
      mergeKey: 'type',
    }),
  },
);
export interface PodDisruptionBudgetStatus extends Infer<typeof PodDisruptionBudgetStatus> {}

export const PodDisruptionBudgetSchema = message(
  'io.k8s.api.policy.v1.PodDisruptionBudget',
  'Bounds how many of a set of pods are disrupted at once.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    spec: one(PodDisruptionBudgetSpec, 2, 'What is allowed.', { keepsZero: false }),
    status: one(PodDisruptionBudgetStatus, 3, 'What was last seen; kept by the system.', {
      keepsZero: false,
    }),
  },
);
export interface PodDisruptionBudget extends KindObject<typeof PodDisruptionBudgetSchema> {}

export const podDisruptionBudgets = kind({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  shortNames: ['pdb'],
  namespaced: true,
  schema: PodDisruptionBudgetSchema,
  subresources: STATUS,
  columns: podDisruptionBudgetColumns,
});
