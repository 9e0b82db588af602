import { isDeepStrictEqual } from 'node:util';
import { type FieldError, invalidValue } from '@hawser/api';

/** A value that stays as it was first set (apimachinery/pkg/api/validation `ValidateImmutableField`). */
export function immutableFaults(at: string, value: unknown, old: unknown): FieldError[] {
  return isDeepStrictEqual(value, old) ? [] : [invalidValue(at, value ?? null, 'field is immutable')];
}
