import {
  type FieldError,
  forbiddenField,
  invalidValue,
  type LabelSelector,
  matchesLabels,
  notSupported,
  type PodTemplateSpec,
  SelectorError,
  selectorOf,
} from '@hawser/api';
import { labelSelectorFaults } from './label-selector-faults.ts';

/**
 * Faults of the selector of what makes pods, and of its template not being selected by it.
 * @param kind how upstream's messages call it.
 */
export function selectionFaults(
  spec: { selector?: LabelSelector; template: PodTemplateSpec },
  kind: 'deployment' | 'daemonset' | 'statefulset',
): FieldError[] {
  const { selector, template } = spec;
  // That it is missing is told by the schema.
  if (selector === undefined) return [];
  const faults = labelSelectorFaults('spec.selector', selector);
  const { matchLabels = {}, matchExpressions = [] } = selector;
  if (Object.keys(matchLabels).length + matchExpressions.length === 0)
    faults.push(invalidValue('spec.selector', selector, `empty selector is invalid for ${kind}`));
  return [...faults, ...mismatchFaults(selector, template)];
}

/** A template whose pods the selector would not find. */
export function mismatchFaults(selector: LabelSelector, { metadata }: PodTemplateSpec): FieldError[] {
  const labels = metadata?.labels ?? {};
  try {
    if (matchesLabels(selectorOf(selector), labels)) return [];
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    return [invalidValue('spec.selector', selector, 'invalid label selector')];
  }
  return [
    invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'),
  ];
}

/** Pods that are kept alive restart always and have no deadline. */
export function lastingPodFaults({ spec }: PodTemplateSpec, kind: string): FieldError[] {
  const faults: FieldError[] = [];
  if (spec.restartPolicy !== 'Always')
    faults.push(notSupported('spec.template.spec.restartPolicy', spec.restartPolicy, ['Always']));
  if (spec.activeDeadlineSeconds !== undefined)
    faults.push(
      forbiddenField(
        'spec.template.spec.activeDeadlineSeconds',
        `activeDeadlineSeconds in ${kind} is not Supported`,
      ),
    );
  return faults;
}
