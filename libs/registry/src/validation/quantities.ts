import { type FieldError, invalidValue, parseQuantity } from '@hawser/api';

/** A quantity above zero (core/validation `ValidatePositiveQuantityValue`). */
export function positiveQuantityFaults(at: string, quantity: string): FieldError[] {
  return parseQuantity(quantity).nano > 0n ? [] : [invalidValue(at, quantity, 'must be greater than zero')];
}

/** A quantity of zero or more (core/validation `ValidateNonnegativeQuantity`). */
export function nonNegativeQuantityFaults(at: string, quantity: string): FieldError[] {
  return parseQuantity(quantity).nano >= 0n
    ? []
    : [invalidValue(at, quantity, 'must be greater than or equal to 0')];
}
