import type { Json } from '../../cluster/wire-client.ts';
import type { Refused } from './attempt.ts';

/** A change of its own Node that is not a node's to make: where in the object, and what is put there. */
interface Change {
  readonly field: string;
  readonly value: Json;
  readonly why: string;
  /** A status update reaches neither the spec nor the owners. */
  readonly inStatus: boolean;
}

const OWN = '/api/v1/nodes/node-1';
const NODE = 'node "node-1"';

const changes: readonly Change[] = [
  {
    field: '/spec/taints',
    value: [{ key: 'mine', effect: 'NoSchedule' }],
    why: `${NODE} is not allowed to modify taints`,
    inStatus: false,
  },
  {
    field: '/metadata/ownerReferences',
    value: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: 'gone' }],
    why: `${NODE} is not allowed to modify ownerReferences`,
    inStatus: false,
  },
  {
    field: '/metadata/labels/node-restriction.kubernetes.io~1tier',
    value: 'secret',
    why: 'is not allowed to modify labels: node-restriction.kubernetes.io/tier',
    inStatus: true,
  },
  {
    field: '/metadata/labels/node-role.kubernetes.io~1control-plane',
    value: '',
    why: 'is not allowed to modify labels: node-role.kubernetes.io/control-plane',
    inStatus: true,
  },
  {
    field: '/metadata/labels/x.k8s.io~1pool',
    value: 'gold',
    why: 'is not allowed to modify labels: x.k8s.io/pool',
    inStatus: true,
  },
  {
    field: '/metadata/annotations/hawser.dev~1allowed-addresses',
    value: '10.0.0.1',
    why: `${NODE} is not allowed to modify annotations: hawser.dev/allowed-addresses`,
    inStatus: true,
  },
  {
    field: '/spec/configSource',
    value: { configMap: { name: 'x', namespace: 'kube-system', kubeletConfigKey: 'k' } },
    why: `${NODE} is not allowed to update configSource to a new non-nil configSource`,
    inStatus: false,
  },
  {
    field: '/spec/podCIDR',
    value: '0.0.0.0/1',
    why: `${NODE} is not allowed to set podCIDRs`,
    inStatus: false,
  },
];

/** Each change in each form in which it can be asked for, of the object and of its status. */
export const nodeChanges: readonly Refused[] = changes.flatMap((change) => [
  ...forms(OWN, change),
  ...(change.inStatus ? forms(`${OWN}/status`, change) : []),
]);

function forms(path: string, { field, value, why }: Change): readonly Refused[] {
  const keys = field
    .slice(1)
    .split('/')
    .map((key) => key.replace('~1', '/'));
  const nested = keys.reduceRight<Json>((inner, key) => ({ [key]: inner }), value);
  const whole = { ...nested, apiVersion: 'v1', kind: 'Node' };
  const applied = { ...whole, metadata: { ...nested.metadata, name: 'node-1' } };
  const patch = (type: string, body: Json, query = ''): Refused => ({
    name: `${field} of ${path} by ${type}`,
    request: `PATCH ${path}${query}`,
    headers: { 'content-type': `application/${type}` },
    body,
    why,
  });
  return [
    patch('merge-patch+json', nested),
    patch('strategic-merge-patch+json', nested),
    patch('json-patch+json', [{ op: 'add', path: field, value }]),
    patch('apply-patch+yaml', applied, '?fieldManager=thief&force=true'),
    patch('merge-patch+json', nested, '?dryRun=All'),
  ];
}
