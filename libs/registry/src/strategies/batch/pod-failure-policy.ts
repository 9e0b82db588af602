import {
  type FieldError,
  invalidValue,
  type JobSpec,
  notSupported,
  type PodFailurePolicyOnExitCodesRequirement,
  type PodFailurePolicyOnPodConditionsPattern,
  type PodFailurePolicyRule,
} from '@hawser/api';
import { qualifiedNameFault } from '../../validation/names.ts';

const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;
const MAX_CONDITIONS = 20;
const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];

/** Faults of a job's rules on failed pods (batch/validation, validatePodFailurePolicy). */
export function podFailurePolicyFaults(spec: JobSpec, at: string): FieldError[] {
  const { rules = [] } = spec.podFailurePolicy ?? {};
  const { containers = [], initContainers = [] } = spec.template.spec;
  const names = new Set([...containers, ...initContainers].map(({ name }) => name));
  return [
    ...tooMany(`${at}.rules`, rules.length, MAX_RULES),
    ...rules.flatMap((rule, i) => ruleFaults(spec, rule, `${at}.rules[${i}]`, names)),
  ];
}

/** A list that is longer than allowed. */
export function tooMany(at: string, count: number, max: number): FieldError[] {
  if (count <= max) return [];
  return [
    { type: 'FieldValueTooMany', field: at, badValue: count, detail: `must have at most ${max} items` },
  ];
}

function ruleFaults(
  { backoffLimitPerIndex }: JobSpec,
  { action, onExitCodes, onPodConditions = [] }: PodFailurePolicyRule,
  at: string,
  names: ReadonlySet<string>,
): FieldError[] {
  const faults: FieldError[] = [];
  if (action === 'FailIndex' && backoffLimitPerIndex === undefined)
    faults.push(invalidValue(`${at}.action`, action, 'requires the backoffLimitPerIndex to be set'));
  else if (action && !ACTIONS.includes(action)) faults.push(notSupported(`${at}.action`, action, ACTIONS));
  if (onExitCodes !== undefined) faults.push(...exitCodeFaults(onExitCodes, `${at}.onExitCodes`, names));
  faults.push(...conditionFaults(onPodConditions, `${at}.onPodConditions`));
  const given = (onExitCodes === undefined ? 0 : 1) + (onPodConditions.length === 0 ? 0 : 1);
  if (given === 2)
    faults.push(
      invalidValue(at, undefined, 'specifying both OnExitCodes and OnPodConditions is not supported'),
    );
  if (given === 0)
    faults.push(invalidValue(at, undefined, 'specifying one of OnExitCodes and OnPodConditions is required'));
  return faults;
}

function conditionFaults(
  patterns: readonly PodFailurePolicyOnPodConditionsPattern[],
  at: string,
): FieldError[] {
  return [
    ...tooMany(at, patterns.length, MAX_CONDITIONS),
    ...patterns.flatMap(({ type, status }, i) => {
      const faults: FieldError[] = [];
      const fault = type && qualifiedNameFault(type);
      if (fault) faults.push(invalidValue(`${at}[${i}].type`, type, fault));
      const known = ['False', 'True', 'Unknown'];
      if (status && !known.includes(status)) faults.push(notSupported(`${at}[${i}].status`, status, known));
      return faults;
    }),
  ];
}

function exitCodeFaults(
  { containerName, operator, values = [] }: PodFailurePolicyOnExitCodesRequirement,
  at: string,
  names: ReadonlySet<string>,
): FieldError[] {
  const faults: FieldError[] = [];
  if (operator && operator !== 'In' && operator !== 'NotIn')
    faults.push(notSupported(`${at}.operator`, operator, ['In', 'NotIn']));
  if (containerName !== undefined && !names.has(containerName))
    faults.push(
      invalidValue(
        `${at}.containerName`,
        containerName,
        'must be one of the container or initContainer names in the pod template',
      ),
    );
  if (values.length === 0)
    faults.push(invalidValue(`${at}.values`, values, 'at least one value is required'));
  faults.push(...tooMany(`${at}.values`, values.length, MAX_EXIT_CODES));
  values.forEach((value, i) => {
    if (operator === 'In' && value === 0)
      faults.push(invalidValue(`${at}.values[${i}]`, value, 'must not be 0 for the In operator'));
  });
  if (values.some((value, i) => i > 0 && values[i - 1]! > value))
    faults.push(invalidValue(`${at}.values`, values, 'must be ordered'));
  return faults;
}
