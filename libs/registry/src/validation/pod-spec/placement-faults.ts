import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '@hawser/api';
import { labelSelectorFaults } from '../../strategies/label-selector-faults.ts';
import { labelValueFault, qualifiedNameFault } from '../names.ts';
import { textFaults } from '../value-faults.ts';
import type { PodSpec, Toleration, TopologySpreadConstraint } from './pod-types.ts';

export const TAINT_EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** Faults of tolerations (ValidateTolerations). */
export function tolerationFaults(at: string, tolerations: readonly Toleration[] = []): FieldError[] {
  return tolerations.flatMap(({ key, operator = '', value = '', effect = '', tolerationSeconds }, i) => {
    const path = `${at}[${i}]`;
    const faults = key ? textFaults(`${path}.key`, key, qualifiedNameFault) : [];
    if (!key && operator !== 'Exists')
      faults.push(
        invalidValue(
          `${path}.operator`,
          operator,
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      );
    if (tolerationSeconds !== undefined && effect !== 'NoExecute')
      faults.push(
        invalidValue(`${path}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"),
      );
    faults.push(...operatorFaults(`${path}.operator`, operator, value));
    if (effect !== '' && !TAINT_EFFECTS.includes(effect))
      faults.push(notSupported(`${path}.effect`, effect, TAINT_EFFECTS));
    return faults;
  });
}

function operatorFaults(at: string, operator: string, value: string): FieldError[] {
  if (operator === 'Equal' || operator === '') return textFaults(at, value, labelValueFault);
  if (operator === 'Exists')
    return value === '' ? [] : [invalidValue(at, value, "value must be empty when `operator` is 'Exists'")];
  // Comparing numbers is behind a feature that upstream has off.
  return [notSupported(at, operator, ['Equal', 'Exists'])];
}

const ACTIONS = ['DoNotSchedule', 'ScheduleAnyway'];
const POLICIES = ['Honor', 'Ignore'];

/** Faults of how pods are spread (validateTopologySpreadConstraints). */
export function topologySpreadFaults(
  at: string,
  constraints: readonly TopologySpreadConstraint[] = [],
): FieldError[] {
  // Of those that say the same, all but the last are told.
  const lasts = new Map(
    constraints.map(({ topologyKey = '', whenUnsatisfiable = '' }, i) => [
      `${whenUnsatisfiable}\n${topologyKey}`,
      i,
    ]),
  );
  return constraints.flatMap((constraint, i) => {
    const path = `${at}[${i}]`;
    const { maxSkew = 0, topologyKey = '', whenUnsatisfiable = '', labelSelector } = constraint;
    const faults: FieldError[] = [];
    if (maxSkew <= 0) faults.push(invalidValue(`${path}.maxSkew`, maxSkew, 'must be greater than zero'));
    if (topologyKey === '') faults.push(required(`${path}.topologyKey`, 'can not be empty'));
    if (!ACTIONS.includes(whenUnsatisfiable))
      faults.push(notSupported(`${path}.whenUnsatisfiable`, whenUnsatisfiable, ACTIONS));
    if (lasts.get(`${whenUnsatisfiable}\n${topologyKey}`) !== i)
      faults.push(
        duplicate(`${path}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`),
      );
    faults.push(...minDomainsFaults(`${path}.minDomains`, constraint));
    for (const field of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      const policy = constraint[field];
      if (policy !== undefined && !POLICIES.includes(policy))
        faults.push(notSupported(`${path}.${field}`, policy, POLICIES));
    }
    faults.push(...spreadKeyFaults(`${path}.matchLabelKeys`, constraint));
    return labelSelector
      ? [...faults, ...labelSelectorFaults(`${path}.labelSelector`, labelSelector)]
      : faults;
  });
}

function minDomainsFaults(
  at: string,
  { minDomains, whenUnsatisfiable }: TopologySpreadConstraint,
): FieldError[] {
  if (minDomains === undefined) return [];
  return [
    ...(minDomains > 0 ? [] : [invalidValue(at, minDomains, 'must be greater than zero')]),
    ...(whenUnsatisfiable === 'DoNotSchedule'
      ? []
      : [
          invalidValue(
            at,
            minDomains,
            `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`,
          ),
        ]),
  ];
}

function spreadKeyFaults(
  at: string,
  { matchLabelKeys = [], labelSelector }: TopologySpreadConstraint,
): FieldError[] {
  if (matchLabelKeys.length === 0) return [];
  const selected = new Set([
    ...Object.keys(labelSelector?.matchLabels ?? {}),
    ...(labelSelector?.matchExpressions ?? []).map(({ key }) => key),
  ]);
  return [
    ...(labelSelector === undefined
      ? [forbiddenField(at, 'must not be specified when labelSelector is not set')]
      : []),
    ...matchLabelKeys.flatMap((key, i) => [
      ...textFaults(`${at}[${i}]`, key, qualifiedNameFault),
      ...(selected.has(key)
        ? [invalidValue(`${at}[${i}]`, key, 'exists in both matchLabelKeys and labelSelector')]
        : []),
    ]),
  ];
}

/** Faults of the gates that hold back scheduling (validateSchedulingGates). */
export function schedulingGateFaults(at: string, gates: PodSpec['schedulingGates'] = []): FieldError[] {
  const seen = new Set<string>();
  return gates.flatMap(({ name = '' }, i) => {
    const faults = textFaults(`${at}[${i}]`, name, qualifiedNameFault);
    if (seen.has(name)) faults.push(duplicate(`${at}[${i}]`, name));
    seen.add(name);
    return faults;
  });
}
