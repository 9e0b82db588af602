import { type FieldError, invalidValue, type ReplicationController, required } from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { nonnegativeFields } from '../validation/numbers.ts';
import { labelFaults } from '../validation/validate-metadata.ts';
import { completePodTemplate, podTemplateFaults, podTemplateWarnings } from './pod-template.ts';
import { replicaCountFaults } from './replica-counts.ts';
import { lastingPodFaults } from './template-selection.ts';

type Data = ReplicationController & Record<string, unknown>;

/** kubernetes/pkg/apis/core: labels and selector default to the template's labels. */
export const replicationControllerStrategy: Strategy<Data> = {
  countsGenerations: true,
  defaultPropagation: 'Orphan',

  prepareForCreate(controller) {
    complete(controller);
    controller.status = { replicas: 0 };
  },

  prepareForUpdate: complete,

  warnings: ({ spec }) => podTemplateWarnings(spec?.template, 'spec.template'),

  validate({ spec }) {
    const faults = nonnegativeFields('spec', spec, ['minReadySeconds', 'replicas']);
    const selector = spec.selector ?? {};
    if (Object.keys(selector).length === 0) faults.push(required('spec.selector'));
    for (const fault of labelFaults(selector, 'spec.selector')) faults.push(fault);
    if (spec.template === undefined) return [...faults, required('spec.template')];
    return [
      ...faults,
      ...mismatchFaults(selector, spec.template.metadata?.labels ?? {}),
      ...podTemplateFaults(spec.template, 'spec.template'),
      ...lastingPodFaults(spec.template, 'ReplicationController'),
    ];
  },

  validateStatusUpdate({ status }) {
    return replicaCountFaults(status);
  },
};

function complete(controller: Data): void {
  controller.spec ??= {};
  const { spec, metadata } = controller;
  if (spec.template === undefined) return;
  completePodTemplate(spec.template);
  const labels = spec.template.metadata?.labels;
  if (labels === undefined) return;
  if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
  if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
}

function mismatchFaults(selector: Record<string, string>, labels: Record<string, string>): FieldError[] {
  const matches = Object.entries(selector).every(([key, value]) => labels[key] === value);
  return matches
    ? []
    : [invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')];
}
