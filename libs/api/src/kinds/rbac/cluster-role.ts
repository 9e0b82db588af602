import { type Infer, list, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { createdAt } from '../columns.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { PolicyRule } from './policy-rule.ts';

export const AggregationRule = message(
  'io.k8s.api.rbac.v1.AggregationRule',
  'From which roles a cluster role is put together.',
  {
    clusterRoleSelectors: list(LabelSelector, 1, 'Selects the cluster roles whose rules are taken over.'),
  },
);
export interface AggregationRule extends Infer<typeof AggregationRule> {}

export const ClusterRoleSchema = message(
  'io.k8s.api.rbac.v1.ClusterRole',
  'Rights over the whole cluster, or for bindings to give within a namespace.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    rules: list(PolicyRule, 2, 'The rights.', { keepsZero: true }),
    aggregationRule: one(AggregationRule, 3, 'When set, rules is kept by a controller.'),
  },
);
export interface ClusterRole extends KindObject<typeof ClusterRoleSchema> {}

export const clusterRoles = kind({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
  schema: ClusterRoleSchema,
  columns: [createdAt],
});
