import { type FieldError, forbiddenField, type PodTemplateSpec } from '@hawser/api';
import { annotationFaults, labelFaults } from '../validation/validate-metadata.ts';
import { completePodSpec, podSpecFaults } from './pod-spec.ts';

/** Defaults of a template of pods that depend on other fields (core/v1 defaults.go). */
export function completePodTemplate(template: PodTemplateSpec): void {
  // What is missing is told by what it lacks, as upstream does.
  template.spec ??= { containers: [] };
  completePodSpec(template.spec);
}

/**
 * Faults of a template of pods (core/validation.go, ValidatePodTemplateSpec).
 * @param at its path, such as `spec.template`.
 */
export function podTemplateFaults({ metadata, spec }: PodTemplateSpec, at: string): FieldError[] {
  const faults = [
    ...labelFaults(metadata?.labels ?? {}, `${at}.metadata.labels`),
    ...annotationFaults(metadata?.annotations ?? {}, `${at}.metadata.annotations`),
    ...podSpecFaults(spec, `${at}.spec`),
  ];
  if ((spec.ephemeralContainers ?? []).length > 0)
    faults.push(
      forbiddenField(`${at}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'),
    );
  return faults;
}
