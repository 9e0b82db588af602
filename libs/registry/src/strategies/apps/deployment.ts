import {
  type Deployment,
  type DeploymentStrategy,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  type RollingUpdateDeployment,
} from '@hawser/api';
import type { Strategy } from '../../strategy.ts';
import { immutableFaults } from '../../validation/immutable.ts';
import { intOrPercentFaults, intOrPercentValue, moreThanAllFaults } from '../../validation/int-or-percent.ts';
import { nonnegativeFields } from '../../validation/numbers.ts';
import { completePodTemplate, podTemplateFaults, podTemplateWarnings } from '../pod-template.ts';
import { replicaPartFaults } from '../replica-counts.ts';
import { lastingPodFaults, selectionFaults } from '../template-selection.ts';

type Data = Deployment & Record<string, unknown>;

export const deploymentStrategy: Strategy<Data> = {
  countsGenerations: true,

  prepareForCreate(deployment) {
    complete(deployment);
    deployment.status = {};
  },

  prepareForUpdate: complete,

  warnings: ({ spec }) => podTemplateWarnings(spec?.template, 'spec.template'),

  validate({ spec }) {
    const { minReadySeconds = 0, progressDeadlineSeconds } = spec;
    const faults = [
      ...nonnegativeFields('spec', spec, [
        'replicas',
        'minReadySeconds',
        'revisionHistoryLimit',
        'progressDeadlineSeconds',
      ]),
      ...selectionFaults(spec, 'deployment'),
      ...podTemplateFaults(spec.template, 'spec.template'),
      ...lastingPodFaults(spec.template, 'ReplicaSet'),
      ...strategyFaults('spec.strategy', spec.strategy ?? {}),
    ];
    if (progressDeadlineSeconds !== undefined && progressDeadlineSeconds <= minReadySeconds)
      faults.push(
        invalidValue(
          'spec.progressDeadlineSeconds',
          progressDeadlineSeconds,
          'must be greater than minReadySeconds',
        ),
      );
    return faults;
  },

  validateUpdate({ spec }, old) {
    return immutableFaults('spec.selector', spec.selector, old.spec.selector);
  },

  validateStatusUpdate({ status = {} }, old) {
    const faults = nonnegativeFields('status', status, [
      'observedGeneration',
      'replicas',
      'updatedReplicas',
      'readyReplicas',
      'availableReplicas',
      'unavailableReplicas',
      'collisionCount',
    ]);
    const { collisionCount = 0 } = status;
    if (collisionCount < (old.status?.collisionCount ?? 0))
      faults.push(invalidValue('status.collisionCount', collisionCount, 'cannot be decremented'));
    const parts = ['updatedReplicas', 'readyReplicas', 'availableReplicas'] as const;
    return [...faults, ...replicaPartFaults(status, parts)];
  },
};

/** apps/v1 defaults.go, SetDefaults_Deployment. */
function complete(deployment: Data): void {
  deployment.spec ??= {} as Data['spec'];
  const { spec } = deployment;
  spec.template ??= {} as Data['spec']['template'];
  completePodTemplate(spec.template);
  spec.strategy ??= {};
  spec.strategy.type ||= 'RollingUpdate';
  if (spec.strategy.type !== 'RollingUpdate') return;
  spec.strategy.rollingUpdate ??= {};
  spec.strategy.rollingUpdate.maxUnavailable ??= '25%';
  spec.strategy.rollingUpdate.maxSurge ??= '25%';
}

function strategyFaults(at: string, strategy: DeploymentStrategy): FieldError[] {
  switch (strategy.type) {
    case 'RollingUpdate':
      return rollingUpdateFaults(`${at}.rollingUpdate`, strategy.rollingUpdate ?? {});
    case 'Recreate':
      return strategy.rollingUpdate === undefined
        ? []
        : [forbiddenField(`${at}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")];
    default:
      return [notSupported(at, strategy, ['Recreate', 'RollingUpdate'])];
  }
}

function rollingUpdateFaults(
  at: string,
  { maxUnavailable, maxSurge }: RollingUpdateDeployment,
): FieldError[] {
  const faults = [
    ...intOrPercentFaults(`${at}.maxUnavailable`, maxUnavailable),
    ...intOrPercentFaults(`${at}.maxSurge`, maxSurge),
  ];
  if (intOrPercentValue(maxUnavailable) === 0 && intOrPercentValue(maxSurge) === 0)
    faults.push(invalidValue(`${at}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  return [...faults, ...moreThanAllFaults(`${at}.maxUnavailable`, maxUnavailable)];
}
