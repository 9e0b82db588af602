import { type FieldError, invalidValue, type RuntimeClass } from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { immutableFaults } from '../validation/immutable.ts';
import { dnsLabelFault } from '../validation/names.ts';
import { tolerationFaults } from '../validation/pod-spec/placement-faults.ts';
import { nonNegativeQuantityFaults } from '../validation/quantities.ts';
import { labelSelectorFaults } from './label-selector-faults.ts';

/** kubernetes/pkg/apis/node/validation. */
export const runtimeClassStrategy: Strategy<RuntimeClass & Record<string, unknown>> = {
  allowCreateOnUpdate: true,
  needsVersionOnUpdate: true,

  validate({ handler, overhead, scheduling }) {
    const faults: FieldError[] = [];
    const fault = handler ? dnsLabelFault(handler) : undefined;
    if (fault !== undefined) faults.push(invalidValue('handler', handler, fault));
    // Upstream checks the overhead as if it were a container's limits, and says so in the path.
    for (const [resource, quantity] of Object.entries(overhead?.podFixed ?? {}))
      faults.push(...nonNegativeQuantityFaults(`overhead.limits[${resource}]`, quantity));
    const labels = labelSelectorFaults('', { matchLabels: scheduling?.nodeSelector ?? {} });
    return [
      ...faults,
      ...labels.map((one) => ({ ...one, field: 'scheduling.nodeSelector' })),
      ...tolerationFaults('scheduling.tolerations', scheduling?.tolerations),
    ];
  },

  validateUpdate: ({ handler }, old) => immutableFaults('handler', handler, old.handler),
};
