import type { ScopedResourceSelectorRequirement } from '@hawser/api';

/** Whether a value, or its absence, is what a scope's selector asks for. */
export function hasValue(
  value: string | undefined,
  { operator, values = [] }: ScopedResourceSelectorRequirement,
): boolean {
  const present = value !== undefined && value !== '';
  switch (operator) {
    case 'Exists':
      return present;
    case 'DoesNotExist':
      return !present;
    case 'In':
      return present && values.includes(value);
    case 'NotIn':
      return !present || !values.includes(value);
    default:
      return false;
  }
}
