import { type Infer, list, message, one } from '../../schema/fields.ts';
import { type KindObject, kind, STATUS } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const NamespaceSpec = message('io.k8s.api.core.v1.NamespaceSpec', 'What holds a namespace back.', {
  finalizers: list('string', 1, 'Must be empty before the namespace is removed.'),
});
export interface NamespaceSpec extends Infer<typeof NamespaceSpec> {}

export const NamespaceCondition = message(
  'io.k8s.api.core.v1.NamespaceCondition',
  "One aspect of a namespace's current state.",
  {
    type: one('string', 1, 'Which aspect, such as NamespaceDeletionContentFailure.', { required: true }),
    status: one('string', 2, 'True, False or Unknown.', { required: true }),
    lastTransitionTime: one('time', 4, 'When the status last changed.'),
    reason: one('string', 5, 'Why it last changed, in one word.'),
    message: one('string', 6, 'Why it last changed, in words for people.'),
  },
);
export interface NamespaceCondition extends Infer<typeof NamespaceCondition> {}

export const NamespaceStatus = message(
  'io.k8s.api.core.v1.NamespaceStatus',
  'Where a namespace is in its life.',
  {
    phase: one('string', 1, 'Active, or Terminating once deleted.', { enum: ['Active', 'Terminating'] }),
    conditions: list(NamespaceCondition, 2, 'The aspects of its state.', {
      mapKeys: ['type'],
      mergeKey: 'type',
    }),
  },
);
export interface NamespaceStatus extends Infer<typeof NamespaceStatus> {}

export const NamespaceSchema = message('io.k8s.api.core.v1.Namespace', 'A scope in which names are unique.', {
  metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
  spec: one(NamespaceSpec, 2, 'What holds it back.', { keepsZero: false }),
  status: one(NamespaceStatus, 3, 'Where it is in its life; kept by the system.', { keepsZero: false }),
});
export interface Namespace extends KindObject<typeof NamespaceSchema> {}

export const namespaces = kind({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  schema: NamespaceSchema,
  subresources: { ...STATUS, finalize: { verbs: ['update'] } },
  columns: [
    {
      name: 'Status',
      type: 'string',
      description: 'Phase of the namespace.',
      value: (namespace) => namespace.status?.phase ?? '',
    },
    age,
  ],
  fieldLabels: {
    name: (namespace) => namespace.metadata.name,
    'status.phase': (namespace) => namespace.status?.phase ?? '',
  },
});
