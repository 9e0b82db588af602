import { list, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { bindingColumns } from './binding-columns.ts';
import { RoleRef, Subject } from './subject.ts';

export const ClusterRoleBindingSchema = message(
  'io.k8s.api.rbac.v1.ClusterRoleBinding',
  'Gives the rights of a cluster role over the whole cluster.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    subjects: list(Subject, 2, 'To whom.'),
    roleRef: one(RoleRef, 3, 'The ClusterRole.', { required: true }),
  },
);
export interface ClusterRoleBinding extends KindObject<typeof ClusterRoleBindingSchema> {}

export const clusterRoleBindings = kind({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
  schema: ClusterRoleBindingSchema,
  columns: bindingColumns,
});
