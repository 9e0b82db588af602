import { isDeepStrictEqual } from 'node:util';
import {
  type ConfigMap,
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  tooLong,
} from '@hawser/api';
import type { Strategy } from '../strategy.ts';

type Data = ConfigMap & Record<string, unknown>;

/** Upstream's bound on what one ConfigMap or Secret holds (`MaxSecretSize`). */
export const MAX_DATA_BYTES = 1024 * 1024;

export const configMapStrategy: Strategy<Data> = {
  validate({ data = {}, binaryData = {} }) {
    const faults = [...keyFaults('data', data), ...keyFaults('binaryData', binaryData)];
    for (const key of Object.keys(binaryData))
      if (Object.hasOwn(data, key)) faults.push(duplicate(`data[${key}]`, key));
    const size = sizeOf(Object.values(data)) + (sizeOf(Object.values(binaryData)) * 3) / 4;
    if (size > MAX_DATA_BYTES) faults.push(tooLong('', MAX_DATA_BYTES));
    return faults;
  },

  validateUpdate(configMap, old) {
    return immutabilityFaults(configMap, old, ['data', 'binaryData']);
  },
};

const KEY = /^[-._a-zA-Z0-9]+$/;

/** Faults of the keys of a ConfigMap or Secret: they become file names. */
export function keyFaults(field: string, data: Readonly<Record<string, string>>): FieldError[] {
  return Object.keys(data).flatMap((key) => {
    const at = `${field}[${key}]`;
    if (key.length > 253) return [invalidValue(at, key, 'must be no more than 253 bytes')];
    if (!KEY.test(key))
      return [
        invalidValue(
          at,
          key,
          "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
        ),
      ];
    return key === '.' || key === '..' || key.startsWith('..')
      ? [invalidValue(at, key, `must not be '${key}'`)]
      : [];
  });
}

export function sizeOf(values: readonly string[]): number {
  return values.reduce((sum, value) => sum + Buffer.byteLength(value), 0);
}

/** What was marked immutable stays as it is, the mark included. */
export function immutabilityFaults<T extends { immutable?: boolean }>(
  object: T,
  old: T,
  fields: readonly (keyof T & string)[],
): FieldError[] {
  if (!old.immutable) return [];
  const faults = fields
    .filter((field) => !isDeepStrictEqual(object[field], old[field]))
    .map((field) => forbiddenField(field, 'field is immutable when `immutable` is set'));
  if (!object.immutable)
    faults.push(forbiddenField('immutable', 'field is immutable when `immutable` is set'));
  return faults;
}
