import { isDeepStrictEqual } from 'node:util';
import { type Container, type FieldError, forbiddenField, invalidValue, type Pod } from '@hawser/api';
import { MAX_INT32, rangeFaults } from '../value-faults.ts';
import { mirrorFaults } from './mirror-faults.ts';
import type { PodSpec, Toleration } from './pod-types.ts';

const MUTABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

/** Faults of a change of a pod: next to nothing of its spec may change (ValidatePodUpdate). */
export function podUpdateFaults({ spec, metadata }: Pod, old: Pod): FieldError[] {
  const counts = (['containers', 'initContainers'] as const).filter(
    (field) => (spec[field] ?? []).length !== (old.spec[field] ?? []).length,
  );
  if (counts[0] !== undefined)
    return [forbiddenField(`spec.${counts[0]}`, 'pod updates may not add or remove containers')];
  const deadline = deadlineFaults(spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds);
  if (deadline.some(({ detail }) => !detail.endsWith('nil value'))) return deadline;
  const gated = (old.spec.schedulingGates ?? []).length > 0;
  const faults = [
    ...mirrorFaults(metadata, old.metadata),
    ...deadline,
    ...tolerationFaults(spec.tolerations, old.spec.tolerations),
    ...gateFaults(spec.schedulingGates, old.spec.schedulingGates),
    ...(gated ? selectorFaults(spec.nodeSelector, old.spec.nodeSelector) : []),
  ];
  const changed = changedFields(fixed(spec, gated), fixed(withOldGrace(old.spec, spec), gated));
  if (changed.length === 0) return faults;
  const which = changed.map((field) => `\`spec.${field}\``).join(', ');
  return [
    ...faults,
    forbiddenField('spec', `pod updates may not change fields other than ${MUTABLE}\nchanged: ${which}`),
  ];
}

/** The only change of the grace period is from what once was accepted and is not any more. */
function withOldGrace(old: PodSpec, { terminationGracePeriodSeconds }: PodSpec): PodSpec {
  const repaired = (old.terminationGracePeriodSeconds ?? 0) < 0 && terminationGracePeriodSeconds === 1;
  return repaired ? { ...old, terminationGracePeriodSeconds } : old;
}

/** The spec without what may change, or is looked at by itself. */
function fixed(spec: PodSpec, gated: boolean): Record<string, unknown> {
  const { activeDeadlineSeconds: _1, tolerations: _2, schedulingGates: _3, ...rest } = spec;
  const images = (containers: readonly Container[] = []) =>
    containers.map(({ image: _image, ...container }) => container);
  const kept: Record<string, unknown> = {
    ...rest,
    containers: images(spec.containers),
    initContainers: images(spec.initContainers),
  };
  if (!gated) return kept;
  // What is not scheduled yet may still be narrowed down.
  const { nodeAffinity: _4, ...affinity } = spec.affinity ?? {};
  delete kept['nodeSelector'];
  kept['affinity'] = affinity;
  return kept;
}

function changedFields(now: Record<string, unknown>, before: Record<string, unknown>): string[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...fields].filter((field) => !isSame(now[field], before[field])).sort();
}

/** An empty list or object is as good as none, as for upstream's semantic comparison. */
function isSame(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(orNothing(a), orNothing(b));
}

function orNothing(value: unknown): unknown {
  const empty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return empty ? undefined : value;
}

function deadlineFaults(now: number | undefined, before: number | undefined): FieldError[] {
  const at = 'spec.activeDeadlineSeconds';
  if (now === undefined)
    return before === undefined
      ? []
      : [invalidValue(at, null, 'must not update from a positive integer to nil value')];
  const range = rangeFaults(at, now, 0, MAX_INT32);
  if (range.length > 0) return range;
  return before !== undefined && before < now
    ? [invalidValue(at, now, 'must be less than or equal to previous value')]
    : [];
}

function tolerationFaults(now: readonly Toleration[] = [], before: readonly Toleration[] = []): FieldError[] {
  const standing = new Set(now.map(meaningOf));
  return before.every((toleration) => standing.has(meaningOf(toleration)))
    ? []
    : [
        forbiddenField(
          'spec.tolerations',
          'existing toleration can not be modified except its tolerationSeconds',
        ),
      ];
}

/** All of a toleration but how long it lasts. */
function meaningOf({ key = '', operator = '', value = '', effect = '' }: Toleration): string {
  return JSON.stringify([key, operator, value, effect]);
}

function gateFaults(
  now: PodSpec['schedulingGates'] = [],
  before: PodSpec['schedulingGates'] = [],
): FieldError[] {
  const standing = new Set(before.map(({ name }) => name));
  return now.flatMap(({ name }, i) =>
    standing.has(name)
      ? []
      : [
          forbiddenField(
            `spec.schedulingGates[${i}].name`,
            `only deletion is allowed, but found new scheduling gate '${name}'`,
          ),
        ],
  );
}

function selectorFaults(
  now: PodSpec['nodeSelector'] = {},
  before: PodSpec['nodeSelector'] = {},
): FieldError[] {
  return Object.entries(before).every(([key, value]) => now[key] === value)
    ? []
    : [
        invalidValue(
          'spec.nodeSelector',
          now,
          'only additions to spec.nodeSelector are allowed (no mutations or deletions)',
        ),
      ];
}
