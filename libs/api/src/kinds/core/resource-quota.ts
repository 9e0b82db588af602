import { type Infer, list, map, message, one } from '../../schema/fields.ts';
import { type KindObject, kind, STATUS } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { resourceQuotaColumns } from './resource-quota/resource-quota-columns.ts';

export const ScopedResourceSelectorRequirement = message(
  'io.k8s.api.core.v1.ScopedResourceSelectorRequirement',
  'A scope, and the values that it may have.',
  {
    scopeName: one('string', 1, 'The scope.', { required: true }),
    operator: one('string', 2, 'In, NotIn, Exists or DoesNotExist.', { required: true }),
    values: list('string', 3, 'The values of In and NotIn.'),
  },
);
export interface ScopedResourceSelectorRequirement extends Infer<typeof ScopedResourceSelectorRequirement> {}

export const ScopeSelector = message(
  'io.k8s.api.core.v1.ScopeSelector',
  'Selects what a quota counts, by scopes.',
  { matchExpressions: list(ScopedResourceSelectorRequirement, 1, 'All must hold.') },
  { atomic: true },
);
export interface ScopeSelector extends Infer<typeof ScopeSelector> {}

export const ResourceQuotaSpec = message(
  'io.k8s.api.core.v1.ResourceQuotaSpec',
  'What the objects of a namespace may use together.',
  {
    hard: map('quantity', 1, 'The most, by resource.'),
    scopes: list('string', 2, 'What is counted; everything if absent.'),
    scopeSelector: one(ScopeSelector, 3, 'What is counted, by scopes and their values.'),
  },
);
export interface ResourceQuotaSpec extends Infer<typeof ResourceQuotaSpec> {}

export const ResourceQuotaStatus = message(
  'io.k8s.api.core.v1.ResourceQuotaStatus',
  'What is enforced and what is used.',
  {
    hard: map('quantity', 1, 'The most that is enforced, by resource.'),
    used: map('quantity', 2, 'What is used, by resource.'),
  },
);
export interface ResourceQuotaStatus extends Infer<typeof ResourceQuotaStatus> {}

export const ResourceQuotaSchema = message(
  'io.k8s.api.core.v1.ResourceQuota',
  'Bounds for what the objects of a namespace use together.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    spec: one(ResourceQuotaSpec, 2, 'What may be used.', { keepsZero: false }),
    status: one(ResourceQuotaStatus, 3, 'What is used; kept by the system.', { keepsZero: false }),
  },
);
export interface ResourceQuota extends KindObject<typeof ResourceQuotaSchema> {}

export const resourceQuotas = kind({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  shortNames: ['quota'],
  namespaced: true,
  schema: ResourceQuotaSchema,
  subresources: STATUS,
  columns: resourceQuotaColumns,
});
