import { type FieldError, invalidValue } from '@hawser/api';

const PERCENT = /^[0-9]+%$/;

/** Faults of a number that counts, or a percentage (kubernetes/pkg/apis/apps/validation, ValidatePositiveIntOrPercent). */
export function intOrPercentFaults(at: string, value: number | string | undefined): FieldError[] {
  if (value === undefined) return [];
  if (typeof value === 'number')
    return value < 0 ? [invalidValue(at, value, 'must be greater than or equal to 0')] : [];
  if (PERCENT.test(value)) return [];
  return [
    invalidValue(
      at,
      value,
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ),
  ];
}

/** The fault of a percentage of more than everything. */
export function moreThanAllFaults(at: string, value: number | string | undefined): FieldError[] {
  if (typeof value !== 'string' || !PERCENT.test(value) || Number.parseInt(value, 10) <= 100) return [];
  return [invalidValue(at, value, 'must not be greater than 100%')];
}

/** The number before a percent sign, or the number itself: enough to tell whether it is 0. */
export function intOrPercentValue(value: number | string | undefined): number {
  if (typeof value !== 'string') return value ?? 0;
  const number = Number.parseInt(value, 10);
  return Number.isNaN(number) ? 0 : number;
}
