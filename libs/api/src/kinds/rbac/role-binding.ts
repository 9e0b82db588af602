import { list, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { bindingColumns } from './binding-columns.ts';
import { RoleRef, Subject } from './subject.ts';

export const RoleBindingSchema = message(
  'io.k8s.api.rbac.v1.RoleBinding',
  'Gives the rights of a role within one namespace.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    subjects: list(Subject, 2, 'To whom.'),
    roleRef: one(RoleRef, 3, 'A Role of the namespace, or a ClusterRole.', { required: true }),
  },
);
export interface RoleBinding extends KindObject<typeof RoleBindingSchema> {}

export const roleBindings = kind({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  namespaced: true,
  schema: RoleBindingSchema,
  columns: bindingColumns,
});
