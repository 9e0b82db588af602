import { type Infer, list, message, one } from '../../../schema/fields.ts';
import { Taint } from '../taint.ts';
import { NodeConfigSource } from './node-config.ts';

export const NodeSpec = message('io.k8s.api.core.v1.NodeSpec', 'What is decided about a node.', {
  podCIDR: one('string', 1, 'Range from which its pods get addresses.'),
  podCIDRs: list('string', 7, 'Ranges, one a family; the first equals podCIDR.', {
    listType: 'set',
    mergeKey: '',
  }),
  providerID: one('string', 3, 'ID of the machine at its provider.'),
  unschedulable: one('bool', 4, 'Takes no new pods.'),
  taints: list(Taint, 5, 'Taints of the node.'),
  configSource: one(NodeConfigSource, 6, 'Deprecated; without effect.'),
  externalID: one('string', 2, 'Deprecated; without effect.'),
});
export interface NodeSpec extends Infer<typeof NodeSpec> {}
