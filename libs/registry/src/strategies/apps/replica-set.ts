import type { ReplicaSet } from '@hawser/api';
import type { Strategy } from '../../strategy.ts';
import { immutableFaults } from '../../validation/immutable.ts';
import { nonnegativeFields } from '../../validation/numbers.ts';
import { completePodTemplate, podTemplateFaults, podTemplateWarnings } from '../pod-template.ts';
import { replicaCountFaults } from '../replica-counts.ts';
import { lastingPodFaults, selectionFaults } from '../template-selection.ts';

type Data = ReplicaSet & Record<string, unknown>;

export const replicaSetStrategy: Strategy<Data> = {
  countsGenerations: true,

  prepareForCreate(set) {
    complete(set);
    set.status = { replicas: 0 };
  },

  prepareForUpdate: complete,

  warnings: ({ spec }) => podTemplateWarnings(spec?.template, 'spec.template'),

  validate({ spec }) {
    return [
      ...nonnegativeFields('spec', spec, ['replicas', 'minReadySeconds']),
      ...selectionFaults(spec, 'deployment'),
      ...podTemplateFaults(spec.template, 'spec.template'),
      ...lastingPodFaults(spec.template, 'ReplicaSet'),
    ];
  },

  validateUpdate({ spec }, old) {
    return immutableFaults('spec.selector', spec.selector, old.spec.selector);
  },

  validateStatusUpdate({ status }) {
    return replicaCountFaults(status);
  },
};

function complete(set: Data): void {
  set.spec ??= {} as Data['spec'];
  set.spec.template ??= {} as Data['spec']['template'];
  completePodTemplate(set.spec.template);
}
