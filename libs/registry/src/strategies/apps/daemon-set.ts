import {
  type DaemonSet,
  type DaemonSetUpdateStrategy,
  type FieldError,
  invalidValue,
  notSupported,
  type RollingUpdateDaemonSet,
  required,
} from '@hawser/api';
import type { Strategy } from '../../strategy.ts';
import { immutableFaults } from '../../validation/immutable.ts';
import { intOrPercentFaults, intOrPercentValue, moreThanAllFaults } from '../../validation/int-or-percent.ts';
import { nonnegativeFields } from '../../validation/numbers.ts';
import { completePodTemplate, podTemplateFaults, podTemplateWarnings } from '../pod-template.ts';
import { lastingPodFaults, selectionFaults } from '../template-selection.ts';

type Data = DaemonSet & Record<string, unknown>;

const COUNTS = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
] as const;

export const daemonSetStrategy: Strategy<Data> = {
  countsGenerations: true,

  prepareForCreate(set) {
    complete(set);
    set.status = {
      currentNumberScheduled: 0,
      numberMisscheduled: 0,
      desiredNumberScheduled: 0,
      numberReady: 0,
    };
  },

  prepareForUpdate: complete,

  warnings: ({ spec }) => podTemplateWarnings(spec?.template, 'spec.template'),

  validate({ spec }) {
    return [
      ...nonnegativeFields('spec', spec, ['minReadySeconds', 'revisionHistoryLimit']),
      ...selectionFaults(spec, 'daemonset'),
      ...podTemplateFaults(spec.template, 'spec.template'),
      ...lastingPodFaults(spec.template, 'DaemonSet'),
      ...updateStrategyFaults('spec.updateStrategy', spec.updateStrategy ?? {}),
    ];
  },

  validateUpdate({ spec }, old) {
    return immutableFaults('spec.selector', spec.selector, old.spec.selector);
  },

  validateStatusUpdate({ status }, old) {
    if (status === undefined) return [];
    const { collisionCount = 0 } = status;
    const decremented = collisionCount < (old.status?.collisionCount ?? 0);
    return [
      ...nonnegativeFields('status', status, COUNTS),
      ...(decremented
        ? [invalidValue('status.collisionCount', collisionCount, 'cannot be decremented')]
        : []),
    ];
  },
};

/** apps/v1 defaults.go, SetDefaults_DaemonSet. */
function complete(set: Data): void {
  set.spec ??= {} as Data['spec'];
  const { spec } = set;
  spec.template ??= {} as Data['spec']['template'];
  completePodTemplate(spec.template);
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ||= 'RollingUpdate';
  if (spec.updateStrategy.type !== 'RollingUpdate') return;
  spec.updateStrategy.rollingUpdate ??= {};
  spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
  spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
}

function updateStrategyFaults(at: string, strategy: DaemonSetUpdateStrategy): FieldError[] {
  if (strategy.type === 'OnDelete') return [];
  if (strategy.type !== 'RollingUpdate') return [notSupported(at, strategy, ['RollingUpdate', 'OnDelete'])];
  return rollingUpdateFaults(`${at}.rollingUpdate`, strategy.rollingUpdate ?? {});
}

function rollingUpdateFaults(at: string, { maxUnavailable, maxSurge }: RollingUpdateDaemonSet): FieldError[] {
  const [unavailableAt, surgeAt] = [`${at}.maxUnavailable`, `${at}.maxSurge`];
  const faults = [
    ...intOrPercentFaults(unavailableAt, maxUnavailable),
    ...intOrPercentFaults(surgeAt, maxSurge),
    ...moreThanAllFaults(unavailableAt, maxUnavailable),
    ...moreThanAllFaults(surgeAt, maxSurge),
  ];
  const [unavailable, surge] = [intOrPercentValue(maxUnavailable), intOrPercentValue(maxSurge)];
  if (unavailable !== 0 && surge !== 0)
    faults.push(invalidValue(surgeAt, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  if (unavailable === 0 && surge === 0)
    faults.push(required(unavailableAt, 'cannot be 0 when maxSurge is 0'));
  return faults;
}
