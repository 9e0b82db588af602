import { list, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { createdAt } from '../columns.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { PolicyRule } from './policy-rule.ts';

export const RoleSchema = message('io.k8s.api.rbac.v1.Role', 'Rights within one namespace.', {
  metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
  rules: list(PolicyRule, 2, 'The rights.', { keepsZero: true }),
});
export interface Role extends KindObject<typeof RoleSchema> {}

export const roles = kind({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  namespaced: true,
  schema: RoleSchema,
  columns: [createdAt],
});
