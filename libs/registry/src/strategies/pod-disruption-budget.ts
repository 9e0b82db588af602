import {
  type FieldError,
  invalidValue,
  notSupported,
  type PodDisruptionBudget,
  type PodDisruptionBudgetSpec,
} from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { intOrPercentFaults, moreThanAllFaults } from '../validation/int-or-percent.ts';
import { nonnegativeFields } from '../validation/numbers.ts';
import { labelSelectorFaults } from './label-selector-faults.ts';

type Data = PodDisruptionBudget & Record<string, unknown>;

const POLICIES = ['AlwaysAllow', 'IfHealthyBudget'];
const COUNTS = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;

/** Rules of kubernetes/pkg/apis/policy/validation. */
export const podDisruptionBudgetStrategy: Strategy<Data> = {
  countsGenerations: true,
  needsVersionOnUpdate: true,

  prepareForCreate(budget) {
    budget.spec ??= {};
    budget.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  },

  validate({ spec = {} }) {
    return specFaults(spec);
  },

  validateStatusUpdate({ status }) {
    return status === undefined ? [] : nonnegativeFields('status', status, COUNTS);
  },
};

function specFaults(spec: PodDisruptionBudgetSpec): FieldError[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  const faults: FieldError[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined)
    faults.push(invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set'));
  for (const [field, value] of Object.entries({ minAvailable, maxUnavailable })) {
    if (value === undefined) continue;
    const at = `spec.${field}`;
    faults.push(...intOrPercentFaults(at, value), ...moreThanAllFaults(at, value));
  }
  if (selector !== undefined)
    for (const fault of labelSelectorFaults('spec.selector', selector)) faults.push(fault);
  if (policy !== undefined && !POLICIES.includes(policy))
    faults.push(notSupported('spec.unhealthyPodEvictionPolicy', policy, POLICIES));
  return faults;
}
