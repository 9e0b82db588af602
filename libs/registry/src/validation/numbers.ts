import { type FieldError, invalidValue } from '@hawser/api';

/** A number that may be absent but not negative (apimachinery `ValidateNonnegativeField`). */
export function nonnegativeFaults(at: string, value: number | undefined): FieldError[] {
  return value !== undefined && value < 0
    ? [invalidValue(at, value, 'must be greater than or equal to 0')]
    : [];
}

/** Each of these fields of an object may be absent but not negative. */
export function nonnegativeFields<T extends object>(
  at: string,
  object: T,
  fields: readonly (keyof T & string)[],
): FieldError[] {
  return fields.flatMap((field) => nonnegativeFaults(`${at}.${field}`, object[field] as number | undefined));
}
