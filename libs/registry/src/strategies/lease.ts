import { type FieldError, forbiddenField, invalidValue, type Lease, notSupported } from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { qualifiedNameFault } from '../validation/names.ts';
import { textFaults } from '../validation/value-faults.ts';

/** Leases (kubernetes/pkg/apis/coordination/validation): whoever renews one must have seen it as it is. */
export const leaseStrategy: Strategy<Lease & Record<string, unknown>> = {
  allowCreateOnUpdate: true,
  needsVersionOnUpdate: true,

  validate({ spec = {} }) {
    const { leaseDurationSeconds, leaseTransitions, strategy, preferredHolder } = spec;
    const faults: FieldError[] = [];
    if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0)
      faults.push(invalidValue('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'));
    if (leaseTransitions !== undefined && leaseTransitions < 0)
      faults.push(
        invalidValue('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0'),
      );
    if (strategy !== undefined) faults.push(...strategyFaults('spec.strategy.strategy', strategy));
    if (preferredHolder && !strategy)
      faults.push(forbiddenField('spec.preferredHolder', 'may only be specified if `strategy` is defined'));
    return faults;
  },
};

const STRATEGIES = ['OldestEmulationVersion'];

/** One of upstream's, or a qualified name of somebody else's; upstream tells the field twice. */
function strategyFaults(at: string, strategy: string): FieldError[] {
  if (strategy.includes('/')) return textFaults(at, strategy, qualifiedNameFault);
  return STRATEGIES.includes(strategy) ? [] : [notSupported(at, strategy, STRATEGIES)];
}
