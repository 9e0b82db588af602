import { message, one } from '../../schema/fields.ts';
import { type KindObject, kind, STATUS } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { proxyOf } from './connect-options.ts';
import { nodeColumns } from './node/node-columns.ts';
import { NodeSpec } from './node/node-spec.ts';
import { NodeStatus } from './node/node-status.ts';

export const NodeSchema = message('io.k8s.api.core.v1.Node', 'A machine that runs pods.', {
  metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
  spec: one(NodeSpec, 2, 'What is decided about it.', { keepsZero: false }),
  status: one(NodeStatus, 3, 'What it last reported.', { keepsZero: false }),
});
export interface Node extends KindObject<typeof NodeSchema> {}

export const nodes = kind({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  schema: NodeSchema,
  subresources: { ...STATUS, ...proxyOf('NodeProxyOptions') },
  columns: nodeColumns,
  fieldLabels: { 'spec.unschedulable': (node) => String(node.spec?.unschedulable ?? false) },
});
