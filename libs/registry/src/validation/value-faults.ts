import { isIP } from 'node:net';
import { type FieldError, invalidValue } from '@hawser/api';
import { ipFaults } from './addresses.ts';

/** What an integer, a port, an address and the like must be (apimachinery/pkg/util/validation). */

export const inclusiveRange = (low: number, high: number) => `must be between ${low} and ${high}, inclusive`;

export const MAX_INT32 = 2 ** 31 - 1;

/** A fault where a name check finds one. @param check gives the fault of a text, or nothing. */
export function textFaults(
  at: string,
  value: string,
  check: (value: string) => string | undefined,
): FieldError[] {
  const fault = check(value);
  return fault === undefined ? [] : [invalidValue(at, value, fault)];
}

/** A fault where a number lies outside of a range; none where it is absent. */
export function rangeFaults(at: string, value: number | undefined, low: number, high: number): FieldError[] {
  return value === undefined || (value >= low && value <= high)
    ? []
    : [invalidValue(at, value, inclusiveRange(low, high))];
}

export function nonNegativeFaults(at: string, value: number | undefined): FieldError[] {
  return value === undefined || value >= 0
    ? []
    : [invalidValue(at, value, 'must be greater than or equal to 0')];
}

/** An address in the form that everybody writes it in (IsValidIP). */
export function canonicalIpFaults(at: string, value: string): FieldError[] {
  const faults = ipFaults(at, value);
  if (faults.length > 0 || isIP(value) === 4) return faults;
  const canonical = new URL(`http://[${value}]/`).hostname.slice(1, -1);
  return value === canonical
    ? []
    : [invalidValue(at, value, `must be in canonical form (${JSON.stringify(canonical)})`)];
}
