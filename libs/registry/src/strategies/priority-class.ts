import { type FieldError, forbiddenField, type PriorityClass } from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { immutableFaults } from '../validation/immutable.ts';

type Data = PriorityClass & Record<string, unknown>;

/** Above it lie the classes of the system (pkg/apis/scheduling `HighestUserDefinablePriority`). */
const HIGHEST_USER_DEFINABLE = 1_000_000_000;
const SYSTEM_PREFIX = 'system-';

/** The classes that every cluster has (pkg/apis/scheduling/v1 `SystemPriorityClasses`). */
export const systemPriorityClasses: readonly Pick<PriorityClass, 'metadata' | 'value' | 'description'>[] = [
  {
    metadata: { name: 'system-node-critical' },
    value: 2 * HIGHEST_USER_DEFINABLE + 1000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
  {
    metadata: { name: 'system-cluster-critical' },
    value: 2 * HIGHEST_USER_DEFINABLE,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
];

export const priorityClassStrategy: Strategy<Data> = {
  countsGenerations: true,

  prepareForCreate(priorityClass) {
    priorityClass.value ??= 0;
  },

  prepareForUpdate(priorityClass) {
    priorityClass.value ??= 0;
  },

  validate(priorityClass) {
    const { name = '' } = priorityClass.metadata;
    if (name.startsWith(SYSTEM_PREFIX)) {
      const fault = systemFault(priorityClass);
      return fault === undefined
        ? []
        : [
            forbiddenField(
              'metadata.name',
              `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only. error: ${fault}`,
            ),
          ];
    }
    return priorityClass.value > HIGHEST_USER_DEFINABLE
      ? [
          forbiddenField(
            'value',
            `maximum allowed value of a user defined priority is ${HIGHEST_USER_DEFINABLE}`,
          ),
        ]
      : [];
  },

  validateUpdate(priorityClass, old) {
    const faults: FieldError[] = [];
    if (priorityClass.value !== old.value)
      faults.push(forbiddenField('value', 'may not be changed in an update.'));
    faults.push(...immutableFaults('preemptionPolicy', priorityClass.preemptionPolicy, old.preemptionPolicy));
    return faults;
  },
};

function systemFault({ metadata: { name }, value, globalDefault = false }: Data): string | undefined {
  const known = systemPriorityClasses.find(({ metadata }) => metadata.name === name);
  if (known === undefined) return `${name} is not a known system priority class`;
  if (value !== known.value) return `value of ${name} PriorityClass must be ${known.value}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}
