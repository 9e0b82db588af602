import { type FieldError, forbiddenField, type PodTemplateSpec } from '@hawser/api';
import { podSpecFaults } from '../validation/pod-spec/pod-spec-faults.ts';
import { podWarnings } from '../validation/pod-spec/pod-warnings.ts';
import { annotationFaults, labelFaults } from '../validation/validate-metadata.ts';
import { completePodSpec } from './pod-spec.ts';

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
    // Upstream leaves out the word metadata.
    ...labelFaults(metadata?.labels ?? {}, `${at}.labels`),
    ...annotationFaults(metadata?.annotations ?? {}, `${at}.annotations`),
    ...podSpecFaults(spec, `${at}.spec`),
  ];
  if ((spec.ephemeralContainers ?? []).length > 0)
    faults.push(
      forbiddenField(`${at}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'),
    );
  return faults;
}

/** Words about a template of pods that is accepted and yet remarkable. @param at its path. */
export function podTemplateWarnings(template: PodTemplateSpec | undefined, at: string): string[] {
  return template?.spec === undefined ? [] : podWarnings(at, template.metadata, template.spec);
}
