import { type Infer, message, one } from '../../schema/fields.ts';

export const Subject = message(
  'io.k8s.api.rbac.v1.Subject',
  'Who a binding is for.',
  {
    kind: one('string', 1, 'User, Group or ServiceAccount.', { required: true }),
    apiGroup: one('string', 2, 'Empty for ServiceAccount, rbac.authorization.k8s.io for the others.'),
    name: one('string', 3, 'Name of the subject.', { required: true }),
    namespace: one('string', 4, 'Namespace of a service account.'),
  },
  { atomic: true },
);
export interface Subject extends Infer<typeof Subject> {}

export const RoleRef = message(
  'io.k8s.api.rbac.v1.RoleRef',
  'The role that a binding gives; fixed once made.',
  {
    apiGroup: one('string', 1, 'Group of the role.', {
      keepsZero: true,
      pointer: false,
      default: 'rbac.authorization.k8s.io',
    }),
    kind: one('string', 2, 'Role or ClusterRole.', { required: true }),
    name: one('string', 3, 'Name of the role.', { required: true }),
  },
  { atomic: true },
);
export interface RoleRef extends Infer<typeof RoleRef> {}
