import { type Job, jobs, type Pod } from '@hawser/api';
import { type PodDraft, podFromTemplate } from '../pods/pod-from-template.ts';
import { isActive } from '../pods/pod-state.ts';

/** Keeps a pod that has ended until it is in the counters of its job. */
export const TRACKING = 'batch.kubernetes.io/job-tracking';
const INDEX = 'batch.kubernetes.io/job-completion-index';
const INDEX_FAILURES = 'batch.kubernetes.io/job-index-failure-count';
const INDEX_VARIABLE = 'JOB_COMPLETION_INDEX';

export function isIndexed({ spec }: Job): boolean {
  return spec.completionMode === 'Indexed';
}

/** The index of a pod of an indexed job, if it has one. */
export function indexOf({ metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[INDEX];
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** How many pods of an index had failed before this one. */
export function failuresBefore({ metadata }: Pod): number {
  const text = metadata.annotations?.[INDEX_FAILURES] ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

/** A pod of a job; of an indexed one with its number in name, host name, labels and environment. */
export function jobPod(job: Job, index: number | undefined, failures = 0): PodDraft {
  const draft = podFromTemplate(job.spec.template, job, jobs);
  draft.metadata.finalizers = [...(draft.metadata.finalizers ?? []), TRACKING];
  if (index === undefined) return draft;
  const { metadata, spec } = draft;
  const name = `${job.metadata.name}-${index}`;
  metadata.generateName = `${name}-`;
  metadata.labels[INDEX] = String(index);
  metadata.annotations[INDEX] = String(index);
  if (job.spec.backoffLimitPerIndex !== undefined) metadata.annotations[INDEX_FAILURES] = String(failures);
  spec.hostname ||= name;
  const fieldRef = { fieldPath: `metadata.labels['${INDEX}']` };
  for (const container of [...(spec.initContainers ?? []), ...spec.containers])
    if (!container.env?.some((variable) => variable.name === INDEX_VARIABLE))
      container.env = [...(container.env ?? []), { name: INDEX_VARIABLE, valueFrom: { fieldRef } }];
  return draft;
}

/** Whether a pod counts as failed: also one that is deleted, unless only what has failed is replaced. */
export function isFailed({ metadata, status }: Pod, { spec }: Job): boolean {
  if (status?.phase === 'Failed') return true;
  if (spec.podReplacementPolicy === 'Failed') return false;
  return metadata.deletionTimestamp !== undefined && status?.phase !== 'Succeeded';
}

/** The pods of a job that are pending or running. */
export function activePods(pods: readonly Pod[]): Pod[] {
  return pods.filter(isActive);
}
