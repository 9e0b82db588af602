import { isDeepStrictEqual } from 'node:util';
import {
  type FieldError,
  invalidValue,
  type Job,
  type JobSpec,
  type LabelSelector,
  matchesLabels,
  required,
  selectorOf,
} from '@hawser/api';
import type { Strategy } from '../../strategy.ts';
import { immutableFaults } from '../../validation/immutable.ts';
import { dnsLabelFault } from '../../validation/names.ts';
import { labelSelectorFaults } from '../label-selector-faults.ts';
import { completePodTemplate, podTemplateWarnings } from '../pod-template.ts';
import { mismatchFaults } from '../template-selection.ts';
import { jobSpecFaults } from './job-faults.ts';
import { jobStatusFaults } from './job-status-faults.ts';

type Data = Job & Record<string, unknown>;

const UID_LABEL = 'batch.kubernetes.io/controller-uid';
const NO_BACKOFF_LIMIT = 2 ** 31 - 1;

export const jobStrategy: Strategy<Data> = {
  countsGenerations: true,
  defaultPropagation: 'Orphan',

  prepareForCreate(job) {
    complete(job);
    if (!job.spec.manualSelector) generateSelector(job);
    job.status = {};
  },

  prepareForUpdate: complete,

  warnings: ({ spec }) => podTemplateWarnings(spec?.template, 'spec.template'),

  validate(job) {
    const { spec } = job;
    const faults = [...generatedSelectorFaults(job), ...jobSpecFaults(spec, 'spec'), ...hostNameFaults(job)];
    if (spec.selector === undefined) return [...faults, required('spec.selector')];
    return [
      ...faults,
      ...labelSelectorFaults('spec.selector', spec.selector),
      ...mismatchFaults(spec.selector, spec.template),
    ];
  },

  validateUpdate({ spec }, old) {
    return [
      ...completionsFaults(spec, old.spec),
      ...immutableFaults('spec.selector', spec.selector, old.spec.selector),
      ...templateFaults(spec, old),
      ...(
        ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const
      ).flatMap((field) => immutableFaults(`spec.${field}`, spec[field], old.spec[field])),
    ];
  },

  validateStatusUpdate: jobStatusFaults,
};

/** batch/v1 defaults.go, SetDefaults_Job. */
function complete(job: Data): void {
  job.spec ??= {} as Data['spec'];
  const { spec } = job;
  spec.template ??= {} as JobSpec['template'];
  completePodTemplate(spec.template);
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : NO_BACKOFF_LIMIT;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.manualSelector ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
  const labels = spec.template.metadata?.labels;
  if (labels !== undefined && Object.keys(job.metadata.labels ?? {}).length === 0)
    job.metadata.labels = { ...labels };
}

/** Labels that no other job's pods have; what the client wrote is kept, and told to be wrong. */
function generateSelector({ metadata, spec }: Data): void {
  spec.template.metadata ??= {} as NonNullable<JobSpec['template']['metadata']>;
  spec.template.metadata.labels ??= {};
  const { labels } = spec.template.metadata;
  for (const [key, value] of Object.entries(generatedLabels(metadata))) labels[key] ??= value;
  spec.selector ??= {};
  spec.selector.matchLabels ??= {};
  spec.selector.matchLabels[UID_LABEL] ??= metadata.uid ?? '';
}

function generatedLabels({ name, uid = '' }: Job['metadata']): Record<string, string> {
  return {
    'controller-uid': uid,
    'job-name': name,
    [UID_LABEL]: uid,
    'batch.kubernetes.io/job-name': name,
  };
}

function generatedSelectorFaults({ metadata, spec }: Data): FieldError[] {
  if (spec.manualSelector || spec.selector === undefined) return [];
  const wanted = generatedLabels(metadata);
  const labels = spec.template.metadata?.labels ?? {};
  const faults = Object.entries(wanted).flatMap(([key, value]): FieldError[] => {
    const at = `spec.template.metadata.labels[${key}]`;
    if (!(key in labels)) return [required(at, `must be '${value}'`)];
    return labels[key] === value ? [] : [invalidValue(at, labels, `must be '${value}'`)];
  });
  return [...faults, ...(selects(spec.selector, wanted) ? [] : [notGenerated(spec.selector)])];
}

function notGenerated(selector: LabelSelector): FieldError {
  return invalidValue('spec.selector', selector, '`selector` not auto-generated');
}

/** Operators that are none are told elsewhere. */
function selects(selector: LabelSelector, labels: Record<string, string>): boolean {
  try {
    return matchesLabels(selectorOf(selector), labels);
  } catch {
    return true;
  }
}

/** The pods of an indexed job have their index in their host names. */
function hostNameFaults({
  metadata: { name },
  spec: { completionMode, completions = 0 },
}: Data): FieldError[] {
  if (completionMode !== 'Indexed' || completions <= 0 || name === undefined) return [];
  const longest = `${name}-${completions - 1}`;
  if (dnsLabelFault(longest) === undefined) return [];
  return [
    invalidValue('metadata.name', name, `will not able to create pod with invalid DNS label: ${longest}`),
  ];
}

/** An indexed job may grow and shrink with its parallelism. */
function completionsFaults(spec: JobSpec, old: JobSpec): FieldError[] {
  const at = 'spec.completions';
  if (spec.completionMode !== 'Indexed') return immutableFaults(at, spec.completions, old.completions);
  if (spec.completions === old.completions) return [];
  if (
    spec.completions === undefined ||
    old.completions === undefined ||
    spec.completions === spec.parallelism
  )
    return spec.completions === undefined || old.completions === undefined
      ? immutableFaults(at, spec.completions, old.completions)
      : [];
  return [invalidValue(at, spec.completions, 'can only be modified in tandem with spec.parallelism')];
}

/** Where the pods of a job shall run may change while it is suspended and has not been started. */
function templateFaults(spec: JobSpec, { spec: old, status }: Data): FieldError[] {
  const waits = old.suspend === true && status?.startTime === undefined;
  const { template } = spec;
  if (!waits) return immutableFaults('spec.template', template, old.template);
  const placed = {
    ...old.template,
    metadata: {
      ...old.template.metadata,
      labels: template.metadata?.labels,
      annotations: template.metadata?.annotations,
    },
    spec: {
      ...old.template.spec,
      nodeSelector: template.spec.nodeSelector,
      affinity: template.spec.affinity,
      tolerations: template.spec.tolerations,
      schedulingGates: template.spec.schedulingGates,
    },
  };
  return isDeepStrictEqual(plain(template), plain(placed))
    ? []
    : [invalidValue('spec.template', template, 'field is immutable')];
}

/** Without what is undefined. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
