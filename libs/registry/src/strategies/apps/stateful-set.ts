import { isDeepStrictEqual } from 'node:util';
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  type PodTemplateSpec,
  type StatefulSet,
  type StatefulSetSpec,
  type StatefulSetUpdateStrategy,
} from '@hawser/api';
import type { Strategy } from '../../strategy.ts';
import { intOrPercentFaults, intOrPercentValue, moreThanAllFaults } from '../../validation/int-or-percent.ts';
import { dnsLabelFault } from '../../validation/names.ts';
import { nonnegativeFaults, nonnegativeFields } from '../../validation/numbers.ts';
import { completePodTemplate, podTemplateFaults, podTemplateWarnings } from '../pod-template.ts';
import { lastingPodFaults, selectionFaults } from '../template-selection.ts';

type Data = StatefulSet & Record<string, unknown>;

const COUNTS = [
  'replicas',
  'readyReplicas',
  'currentReplicas',
  'updatedReplicas',
  'availableReplicas',
  'observedGeneration',
  'collisionCount',
] as const;

export const statefulSetStrategy: Strategy<Data> = {
  countsGenerations: true,
  validateName: dnsLabelFault,

  prepareForCreate(set) {
    complete(set);
    set.status = { replicas: 0, availableReplicas: 0 };
  },

  prepareForUpdate: complete,

  warnings: ({ spec }) => podTemplateWarnings(spec?.template, 'spec.template'),

  validate({ spec }) {
    return [
      ...managementFaults(spec),
      ...updateStrategyFaults('spec.updateStrategy', spec.updateStrategy ?? {}),
      ...nonnegativeFields('spec', spec, ['replicas', 'minReadySeconds', 'revisionHistoryLimit']),
      ...nonnegativeFaults('spec.ordinals.start', spec.ordinals?.start),
      ...selectionFaults(spec, 'statefulset'),
      ...podTemplateFaults(withClaims(spec), 'spec.template'),
      ...lastingPodFaults(spec.template, 'StatefulSet'),
    ];
  },

  validateUpdate({ spec }, old) {
    if (isDeepStrictEqual(fixed(spec), fixed(old.spec))) return [];
    return [
      forbiddenField(
        'spec',
        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ),
    ];
  },

  validateStatusUpdate({ status }, old) {
    if (status === undefined) return [];
    const faults = nonnegativeFields('status', status, COUNTS);
    const { replicas, readyReplicas = 0, availableReplicas = 0, collisionCount = 0 } = status;
    for (const part of ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'] as const)
      if ((status[part] ?? 0) > replicas)
        faults.push(invalidValue(`status.${part}`, status[part], 'cannot be greater than status.replicas'));
    if (availableReplicas > readyReplicas)
      faults.push(
        invalidValue(
          'status.availableReplicas',
          availableReplicas,
          'cannot be greater than status.readyReplicas',
        ),
      );
    if (collisionCount < (old.status?.collisionCount ?? 0))
      faults.push(invalidValue('status.collisionCount', collisionCount, 'cannot be decremented'));
    return faults;
  },
};

/** apps/v1 defaults.go, SetDefaults_StatefulSet. */
function complete(set: Data): void {
  set.spec ??= {} as Data['spec'];
  const { spec } = set;
  spec.template ??= {} as Data['spec']['template'];
  completePodTemplate(spec.template);
  spec.updateStrategy ??= {};
  const { updateStrategy } = spec;
  if (!updateStrategy.type) {
    updateStrategy.type = 'RollingUpdate';
    updateStrategy.rollingUpdate ??= {};
  }
  if (updateStrategy.type === 'RollingUpdate' && updateStrategy.rollingUpdate !== undefined)
    updateStrategy.rollingUpdate.partition ??= 0;
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion = 'v1';
    claim.kind = 'PersistentVolumeClaim';
    claim.status = { phase: 'Pending' };
  }
}

/** A template whose volumes are joined by the claims that each pod gets. */
function withClaims({ template, volumeClaimTemplates = [] }: StatefulSetSpec): PodTemplateSpec {
  const { volumes = [] } = template.spec;
  const names = new Set(volumes.map(({ name }) => name));
  const claims = volumeClaimTemplates.flatMap(({ metadata }) => {
    const name = metadata?.name ?? '';
    return names.has(name) ? [] : [{ name, persistentVolumeClaim: { claimName: name } }];
  });
  return { ...template, spec: { ...template.spec, volumes: [...volumes, ...claims] } };
}

function managementFaults({ podManagementPolicy }: StatefulSetSpec): FieldError[] {
  const known = podManagementPolicy === 'OrderedReady' || podManagementPolicy === 'Parallel';
  return known
    ? []
    : [invalidValue('spec.podManagementPolicy', podManagementPolicy, "must be 'OrderedReady' or 'Parallel'")];
}

function updateStrategyFaults(at: string, { type, rollingUpdate }: StatefulSetUpdateStrategy): FieldError[] {
  const within = `${at}.rollingUpdate`;
  if (type === 'OnDelete')
    return rollingUpdate === undefined
      ? []
      : [invalidValue(within, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")];
  if (type !== 'RollingUpdate')
    return [invalidValue(at, { type, rollingUpdate }, "must be 'RollingUpdate' or 'OnDelete'")];
  const faults = nonnegativeFaults(`${within}.partition`, rollingUpdate?.partition);
  const maxUnavailable = rollingUpdate?.maxUnavailable;
  if (maxUnavailable === undefined) return faults;
  faults.push(...intOrPercentFaults(`${within}.maxUnavailable`, maxUnavailable));
  if (intOrPercentValue(maxUnavailable) === 0)
    faults.push(invalidValue(`${within}.maxUnavailable`, maxUnavailable, 'cannot be 0'));
  return [...faults, ...moreThanAllFaults(`${within}.maxUnavailable`, maxUnavailable)];
}

/** What of a spec may not change. */
function fixed(spec: StatefulSetSpec): unknown {
  const {
    replicas: _replicas,
    ordinals: _ordinals,
    template: _template,
    updateStrategy: _strategy,
    minReadySeconds: _ready,
    revisionHistoryLimit: _history,
    persistentVolumeClaimRetentionPolicy: _retention,
    ...rest
  } = spec;
  return rest;
}
