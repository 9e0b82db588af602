import { type FieldError, invalidValue, required, type SubjectAccessReview } from '@hawser/api';

type ResourceAttributes = NonNullable<SubjectAccessReview['spec']['resourceAttributes']>;

/** A selector is given as text or taken apart, one of the two (kubernetes/pkg/apis/authorization/validation). */
export function selectorFaults(at: string, attributes: Partial<ResourceAttributes> = {}): FieldError[] {
  return (['fieldSelector', 'labelSelector'] as const).flatMap((field) => {
    const selector = attributes[field];
    if (selector === undefined) return [];
    const { rawSelector = '', requirements = [] } = selector;
    const path = `${at}.${field}`;
    if (rawSelector !== '' && requirements.length > 0)
      return [
        invalidValue(
          `${path}.rawSelector`,
          rawSelector,
          'may not specified at the same time as requirements',
        ),
      ];
    if (rawSelector !== '' || requirements.length > 0) return [];
    return [
      required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`),
    ];
  });
}
