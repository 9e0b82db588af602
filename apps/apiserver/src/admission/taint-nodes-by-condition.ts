import { type Node, nodes } from '@hawser/api';
import type { AdmissionPlugin } from '@hawser/registry';

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

/**
 * A new node takes no pods until the node lifecycle controller has seen it ready
 * (kubernetes/plugin/pkg/admission/nodetaint).
 */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  admit({ operation, kind, subresource, object }) {
    if (kind !== nodes || operation !== 'CREATE' || subresource !== '') return;
    const node = object as unknown as Node;
    const taints = node.spec?.taints ?? [];
    if (taints.some(({ key, effect }) => key === NOT_READY.key && effect === NOT_READY.effect)) return;
    node.spec = { ...node.spec, taints: [...taints, { ...NOT_READY }] };
  },
};
