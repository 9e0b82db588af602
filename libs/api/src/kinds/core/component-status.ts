import { type Infer, list, message, one } from '../../schema/fields.ts';
import { type Column, type KindObject, kind } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const ComponentCondition = message(
  'io.k8s.api.core.v1.ComponentCondition',
  'Whether a part of the control plane is well.',
  {
    type: one('string', 1, 'Healthy, and nothing else.', { required: true }),
    status: one('string', 2, 'True, False or Unknown.', { required: true }),
    message: one('string', 3, 'What it answered.'),
    error: one('string', 4, 'Why it could not be asked.'),
  },
);
export interface ComponentCondition extends Infer<typeof ComponentCondition> {}

export const ComponentStatusSchema = message(
  'io.k8s.api.core.v1.ComponentStatus',
  'Deprecated: the health of a part of the control plane.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    conditions: list(ComponentCondition, 2, 'What was found.', { mapKeys: ['type'], mergeKey: 'type' }),
  },
);
export interface ComponentStatus extends KindObject<typeof ComponentStatusSchema> {}

const healthy = ({ conditions }: ComponentStatus) => conditions?.find(({ type }) => type === 'Healthy');

/** The columns of `kubectl get componentstatuses` (pkg/printers `printComponentStatus`). */
const columns: readonly Column<ComponentStatus>[] = [
  {
    name: 'Status',
    type: 'string',
    description: 'Healthy, Unhealthy or Unknown.',
    value: (component) => {
      const status = healthy(component)?.status;
      return status === 'True' ? 'Healthy' : status === 'False' ? 'Unhealthy' : 'Unknown';
    },
  },
  {
    name: 'Message',
    type: 'string',
    description: 'What it answered.',
    value: (component) => healthy(component)?.message ?? '',
  },
  {
    name: 'Error',
    type: 'string',
    description: 'Why it could not be asked.',
    value: (component) => healthy(component)?.error ?? '',
  },
];

export const componentStatuses = kind({
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  shortNames: ['cs'],
  namespaced: false,
  verbs: ['get', 'list'],
  schema: ComponentStatusSchema,
  columns,
});
