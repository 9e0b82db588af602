import { excerpt } from './excerpt.ts';

/** One fault of one field: apimachinery/pkg/util/validation/field. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** The path of the field, such as `spec.containers[0].name`. */
  readonly field: string;
  readonly badValue?: unknown;
  readonly detail: string;
}

export type FieldErrorType = keyof typeof TITLES;

const TITLES = {
  FieldValueRequired: 'Required value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueNotFound: 'Not found',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  FieldValueTypeInvalid: 'Invalid value',
} as const;

export const required = (field: string, detail = ''): FieldError => ({
  type: 'FieldValueRequired',
  field,
  detail,
});

export const invalidValue = (field: string, badValue: unknown, detail: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  badValue,
  detail,
});

export const forbiddenField = (field: string, detail: string): FieldError => ({
  type: 'FieldValueForbidden',
  field,
  detail,
});

export const notFoundValue = (field: string, badValue: unknown, detail = ''): FieldError => ({
  type: 'FieldValueNotFound',
  field,
  badValue,
  detail,
});

export const duplicate = (field: string, badValue: unknown): FieldError => ({
  type: 'FieldValueDuplicate',
  field,
  badValue,
  detail: '',
});

export const tooLong = (field: string, max: number): FieldError => ({
  type: 'FieldValueTooLong',
  field,
  detail: `may not be more than ${max} bytes`,
});

export const tooMany = (field: string, actual: number, max: number): FieldError => ({
  type: 'FieldValueTooMany',
  field,
  badValue: actual,
  detail: `must have at most ${max} ${max === 1 ? 'item' : 'items'}`,
});

export const notSupported = (field: string, badValue: unknown, valid: readonly string[]): FieldError => ({
  type: 'FieldValueNotSupported',
  field,
  badValue,
  detail: `supported values: ${valid.map((value) => JSON.stringify(value)).join(', ')}`,
});

/** How a bad value is said back: of what is very long, the beginning. */
const shown = (value: unknown) => excerpt(JSON.stringify(value));

/** `spec.x: Invalid value: "y": must be z`, as upstream prints it; of what is very long, the beginning. */
export function fieldErrorMessage(fault: FieldError): string {
  return `${fieldOf(fault)}: ${faultWords(fault)}`;
}

/** Shows each value once: many faults may tell of one and the same list. */
export function showingOnce(): (value: unknown) => string {
  const known = new Map<unknown, string>();
  return (value) => {
    const text = known.get(value) ?? shown(value);
    known.set(value, text);
    return text;
  };
}

/** The path of a fault: it may hold a key that the client chose. */
export function fieldOf({ field }: FieldError): string {
  return excerpt(field);
}

/** The message without the path. */
export function faultWords({ type, badValue, detail }: FieldError, show = shown): string {
  const parts: string[] = [TITLES[type]];
  if (badValue !== undefined) parts.push(show(badValue));
  if (detail !== '') parts.push(excerpt(detail));
  return parts.join(': ');
}
