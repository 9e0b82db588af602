import { type FieldError, forbiddenField, type Node } from '@hawser/api';
import type { Strategy } from '../strategy.ts';

export const nodeStrategy: Strategy<Node & Record<string, unknown>> = {
  keepStatusOnCreate: true,

  prepareForCreate(node) {
    node.spec ??= {};
    node.status ??= {};
  },

  validateUpdate(node, old) {
    const faults: FieldError[] = [];
    if (old.spec?.podCIDR && node.spec?.podCIDR !== old.spec.podCIDR)
      faults.push(
        forbiddenField('spec.podCIDR', 'node updates may not change podCIDR except from "" to valid'),
      );
    if (old.spec?.providerID && node.spec?.providerID !== old.spec.providerID)
      faults.push(
        forbiddenField('spec.providerID', 'node updates may not change providerID except from "" to valid'),
      );
    return faults;
  },
};
