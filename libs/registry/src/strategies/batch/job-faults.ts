import {
  type FieldError,
  invalidValue,
  type JobSpec,
  notSupported,
  required,
  type SuccessPolicyRule,
  tooLong,
} from '@hawser/api';
import { nonnegativeFaults, nonnegativeFields } from '../../validation/numbers.ts';
import { podTemplateFaults } from '../pod-template.ts';
import { countIndexes, IndexesError } from './indexes.ts';
import { podFailurePolicyFaults, tooMany } from './pod-failure-policy.ts';

const MAX_PARALLELISM = 100_000;
const MAX_FAILED_INDEXES = 100_000;
const MAX_MANAGED_BY_LENGTH = 63;
const MAX_SUCCESS_RULES = 20;
const MAX_SUCCEEDED_INDEXES_BYTES = 64 * 1024;
/** Above so many completions, what is kept of failed indexes must be bounded. */
const MANY_COMPLETIONS = 100_000;
const BOUND_FOR_MANY = 10_000;

/** Faults of what a job shall do, in a Job or in the template of a CronJob (batch/validation, validateJobSpec). */
export function jobSpecFaults(spec: JobSpec, at: string): FieldError[] {
  return [
    ...nonnegativeFields(at, spec, [
      'parallelism',
      'completions',
      'activeDeadlineSeconds',
      'backoffLimit',
      'ttlSecondsAfterFinished',
      'backoffLimitPerIndex',
      'maxFailedIndexes',
    ]),
    ...managedByFaults(spec, at),
    ...completionFaults(spec, at),
    ...(spec.podFailurePolicy ? podFailurePolicyFaults(spec, `${at}.podFailurePolicy`) : []),
    ...successPolicyFaults(spec, `${at}.successPolicy`),
    ...replacementFaults(spec, `${at}.podReplacementPolicy`),
    ...podTemplateFaults(spec.template, `${at}.template`),
    ...restartFaults(spec, `${at}.template.spec.restartPolicy`),
  ];
}

function managedByFaults(
  { managedBy, maxFailedIndexes, backoffLimitPerIndex }: JobSpec,
  at: string,
): FieldError[] {
  const faults: FieldError[] = [];
  if (maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined)
    faults.push(required(`${at}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  if (managedBy === undefined) return faults;
  if (!/^[^/]+\/.+$/.test(managedBy))
    faults.push(
      invalidValue(`${at}.managedBy`, managedBy, 'must be a domain-prefixed path (such as "acme.io/foo")'),
    );
  if (managedBy.length > MAX_MANAGED_BY_LENGTH)
    faults.push(tooLong(`${at}.managedBy`, MAX_MANAGED_BY_LENGTH));
  return faults;
}

function completionFaults(spec: JobSpec, at: string): FieldError[] {
  const { completionMode = 'NonIndexed', backoffLimitPerIndex, maxFailedIndexes } = spec;
  if (completionMode === 'Indexed') return indexedFaults(spec, at);
  const faults: FieldError[] = [];
  if (completionMode !== 'NonIndexed')
    return [notSupported(`${at}.completionMode`, completionMode, ['NonIndexed', 'Indexed'])];
  for (const [field, value] of Object.entries({ backoffLimitPerIndex, maxFailedIndexes }))
    if (value !== undefined)
      faults.push(invalidValue(`${at}.${field}`, value, 'requires indexed completion mode'));
  return faults;
}

function indexedFaults(spec: JobSpec, at: string): FieldError[] {
  const { completions, parallelism = 0, maxFailedIndexes } = spec;
  const faults: FieldError[] = [];
  if (completions === undefined)
    faults.push(required(`${at}.completions`, 'when completion mode is Indexed'));
  if (parallelism > MAX_PARALLELISM)
    faults.push(
      invalidValue(
        `${at}.parallelism`,
        parallelism,
        `must be less than or equal to ${MAX_PARALLELISM} when completion mode is Indexed`,
      ),
    );
  if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions)
    faults.push(
      invalidValue(`${at}.maxFailedIndexes`, maxFailedIndexes, 'must be less than or equal to completions'),
    );
  if (maxFailedIndexes !== undefined && maxFailedIndexes > MAX_FAILED_INDEXES)
    faults.push(
      invalidValue(
        `${at}.maxFailedIndexes`,
        maxFailedIndexes,
        `must be less than or equal to ${MAX_FAILED_INDEXES}`,
      ),
    );
  return [...faults, ...manyCompletionsFaults(spec, at)];
}

function manyCompletionsFaults(spec: JobSpec, at: string): FieldError[] {
  const { completions = 0, backoffLimitPerIndex, maxFailedIndexes, parallelism = 0 } = spec;
  if (completions <= MANY_COMPLETIONS || backoffLimitPerIndex === undefined) return [];
  const detail = `must be less than or equal to ${BOUND_FOR_MANY} when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
  const faults: FieldError[] = [];
  if (maxFailedIndexes === undefined)
    faults.push(
      required(`${at}.maxFailedIndexes`, `must be specified when completions is above ${MANY_COMPLETIONS}`),
    );
  if (parallelism > BOUND_FOR_MANY) faults.push(invalidValue(`${at}.parallelism`, parallelism, detail));
  if (maxFailedIndexes !== undefined && maxFailedIndexes > BOUND_FOR_MANY)
    faults.push(invalidValue(`${at}.maxFailedIndexes`, maxFailedIndexes, detail));
  return faults;
}

function successPolicyFaults(
  { successPolicy, completionMode, completions = 0 }: JobSpec,
  at: string,
): FieldError[] {
  if (successPolicy === undefined) return [];
  if (completionMode !== 'Indexed')
    return [invalidValue(at, successPolicy, 'requires indexed completion mode')];
  const { rules = [] } = successPolicy;
  if (rules.length === 0)
    return [
      required(`${at}.rules`, 'at least one rules must be specified when the successPolicy is specified'),
    ];
  return [
    ...tooMany(`${at}.rules`, rules.length, MAX_SUCCESS_RULES),
    ...rules.flatMap((rule, i) => successRuleFaults(rule, completions, `${at}.rules[${i}]`)),
  ];
}

function successRuleFaults(
  { succeededCount, succeededIndexes }: SuccessPolicyRule,
  completions: number,
  at: string,
): FieldError[] {
  if (succeededCount === undefined && succeededIndexes === undefined)
    return [required(at, 'at least one of succeededCount or succeededIndexes must be specified')];
  const faults: FieldError[] = [];
  let total: number | undefined;
  if (succeededIndexes !== undefined) {
    const field = `${at}.succeededIndexes`;
    if (succeededIndexes.length > MAX_SUCCEEDED_INDEXES_BYTES)
      return [tooLong(field, MAX_SUCCEEDED_INDEXES_BYTES)];
    try {
      total = countIndexes(succeededIndexes, completions);
    } catch (error) {
      if (!(error instanceof IndexesError)) throw error;
      faults.push(invalidValue(field, succeededIndexes, `error parsing succeededIndexes: ${error.message}`));
    }
  }
  if (succeededCount === undefined) return faults;
  const field = `${at}.succeededCount`;
  const atMost = (limit: number, what: string) =>
    invalidValue(field, succeededCount, `must be less than or equal to ${limit} (${what})`);
  faults.push(...nonnegativeFaults(field, succeededCount));
  if (succeededCount > completions) faults.push(atMost(completions, 'the number of specified completions'));
  if (total !== undefined && succeededCount > total)
    faults.push(atMost(total, 'the number of indexes in the specified succeededIndexes field'));
  return faults;
}

function replacementFaults({ podReplacementPolicy, podFailurePolicy }: JobSpec, at: string): FieldError[] {
  if (podReplacementPolicy === undefined) return [];
  const known = podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed'];
  return known.includes(podReplacementPolicy) ? [] : [notSupported(at, podReplacementPolicy, known)];
}

function restartFaults({ template, podFailurePolicy }: JobSpec, at: string): FieldError[] {
  const { restartPolicy = '' } = template.spec;
  if (restartPolicy === '' || restartPolicy === 'Always')
    return [required(at, 'valid values: "OnFailure", "Never"')];
  if (podFailurePolicy !== undefined && restartPolicy !== 'Never')
    return [invalidValue(at, restartPolicy, 'only "Never" is supported when podFailurePolicy is specified')];
  return [];
}
