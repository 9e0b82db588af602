import type { Column } from '../../../schema/kind.ts';
import { age } from '../../columns.ts';
import type { Node } from '../node.ts';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

/** The columns of `kubectl get nodes` (pkg/printers `printNode`). */
export const nodeColumns: readonly Column<Node>[] = [
  { name: 'Status', type: 'string', description: 'Whether the node is ready and takes pods.', value: status },
  { name: 'Roles', type: 'string', description: 'Roles that labels give the node.', value: roles },
  age,
  {
    name: 'Version',
    type: 'string',
    description: 'Version of the kubelet.',
    value: (node) => node.status?.nodeInfo?.kubeletVersion ?? '',
  },
  {
    name: 'Internal-IP',
    type: 'string',
    priority: 1,
    description: 'Address within the cluster.',
    value: (node) => address(node, 'InternalIP'),
  },
  {
    name: 'External-IP',
    type: 'string',
    priority: 1,
    description: 'Address from outside.',
    value: (node) => address(node, 'ExternalIP'),
  },
  {
    name: 'OS-Image',
    type: 'string',
    priority: 1,
    description: 'Name of the operating system.',
    value: (node) => node.status?.nodeInfo?.osImage || '<unknown>',
  },
  {
    name: 'Kernel-Version',
    type: 'string',
    priority: 1,
    description: 'Version of the kernel.',
    value: (node) => node.status?.nodeInfo?.kernelVersion || '<unknown>',
  },
  {
    name: 'Container-Runtime',
    type: 'string',
    priority: 1,
    description: 'Container runtime and its version.',
    value: (node) => node.status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
  },
];

function status(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  const readiness = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec?.unschedulable ? `${readiness},SchedulingDisabled` : readiness;
}

function roles({ metadata: { labels = {} } }: Node): string {
  const found = Object.entries(labels).flatMap(([key, value]) => {
    const role = key.startsWith(ROLE_PREFIX)
      ? key.slice(ROLE_PREFIX.length)
      : key === ROLE_LABEL
        ? value
        : '';
    return role === '' ? [] : [role];
  });
  return [...new Set(found)].sort().join(',') || '<none>';
}

function address(node: Node, type: string): string {
  return node.status?.addresses?.find((entry) => entry.type === type)?.address ?? '<none>';
}
