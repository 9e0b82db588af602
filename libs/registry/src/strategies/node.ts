import { isDeepStrictEqual } from 'node:util';
import { duplicate, type FieldError, forbiddenField, type Node } from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { resourceQuantityFaults } from '../validation/resource-names.ts';
import { podCidrsFaults } from './node/pod-cidrs-faults.ts';
import { taintFaults } from './node/taint-faults.ts';

type Data = Node & Record<string, unknown>;

/** Nodes (kubernetes/pkg/apis/core/validation, ValidateNode and ValidateNodeUpdate). */
export const nodeStrategy: Strategy<Data> = {
  keepStatusOnCreate: true,

  prepareForCreate: completeNode,
  prepareForUpdate: completeNode,
  prepareForStatusUpdate: completeNode,

  validate(node) {
    return [
      // Upstream tells taints as if they were metadata.
      ...taintFaults('metadata.taints', node.spec?.taints),
      ...resourceFaults(node),
      ...podCidrsFaults('spec.podCIDRs', node.spec?.podCIDRs),
    ];
  },

  validateUpdate(node, old) {
    const [spec = {}, before = {}] = [node.spec, old.spec];
    const faults = addressFaults(node);
    if ((before.podCIDRs ?? []).length > 0 && !isDeepStrictEqual(spec.podCIDRs, before.podCIDRs))
      faults.push(
        forbiddenField('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'),
      );
    if (before.providerID && spec.providerID !== before.providerID)
      faults.push(
        forbiddenField('spec.providerID', 'node updates may not change providerID except from "" to valid'),
      );
    if ((spec.externalID ?? '') !== (before.externalID ?? ''))
      faults.push(forbiddenField('spec.externalID', 'may not be updated'));
    return faults;
  },

  validateStatusUpdate: (node) => [...resourceFaults(node), ...addressFaults(node)],
};

/** The first range and the list of them say the same; what can be allocated is all there is, unless told. */
function completeNode(node: Data): void {
  node.spec ??= {};
  node.status ??= {};
  const { spec, status } = node;
  if (spec.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
  if (spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
  if (status.capacity !== undefined) status.allocatable ??= { ...status.capacity };
}

function resourceFaults({ status = {} }: Data): FieldError[] {
  return (['capacity', 'allocatable'] as const).flatMap((field) =>
    Object.entries(status[field] ?? {}).flatMap(([name, amount]) =>
      resourceQuantityFaults(`status.${field}.${name}`, name, amount),
    ),
  );
}

function addressFaults({ status }: Data): FieldError[] {
  const seen = new Set<string>();
  return (status?.addresses ?? []).flatMap((address, i) => {
    const key = `${address.type}\n${address.address}`;
    const repeats = seen.has(key);
    seen.add(key);
    return repeats ? [duplicate(`status.addresses[${i}]`, address)] : [];
  });
}
