import type { Column } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import type { ObjectMeta } from '../meta/object-meta.ts';
import type { RoleRef, Subject } from './subject.ts';

interface AnyBinding {
  metadata: ObjectMeta;
  roleRef: RoleRef;
  subjects?: Subject[];
}

/** The columns of `kubectl get rolebindings` and of cluster role bindings (pkg/printers `printRoleBinding`). */
export const bindingColumns: readonly Column<AnyBinding>[] = [
  {
    name: 'Role',
    type: 'string',
    description: 'The role that is given.',
    value: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`,
  },
  age,
  {
    name: 'Users',
    type: 'string',
    priority: 1,
    description: 'Users it is given to.',
    value: (binding) => names(binding, 'User'),
  },
  {
    name: 'Groups',
    type: 'string',
    priority: 1,
    description: 'Groups it is given to.',
    value: (binding) => names(binding, 'Group'),
  },
  {
    name: 'ServiceAccounts',
    type: 'string',
    priority: 1,
    description: 'Service accounts it is given to.',
    value: (binding) => names(binding, 'ServiceAccount'),
  },
];

function names({ subjects = [] }: AnyBinding, kind: string): string {
  return subjects
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace = '' }) => (kind === 'ServiceAccount' ? `${namespace}/${name}` : name))
    .join(', ');
}
