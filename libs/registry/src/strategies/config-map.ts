import { isDeepStrictEqual } from 'node:util';
import { type ConfigMap, type FieldError, forbiddenField, invalidValue, tooLong } from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { configKeyFault } from '../validation/config-key.ts';
import { textFaults } from '../validation/value-faults.ts';

type Data = ConfigMap & Record<string, unknown>;

/** Upstream's bound on what one ConfigMap or Secret holds (`MaxSecretSize`). */
export const MAX_DATA_BYTES = 1024 * 1024;

export const configMapStrategy: Strategy<Data> = {
  validate({ data = {}, binaryData = {} }) {
    const faults = [...keyFaults('data', data), ...keyFaults('binaryData', binaryData)];
    for (const key of Object.keys(binaryData))
      if (Object.hasOwn(data, key))
        faults.push(invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    const size = sizeOf(Object.values(data)) + sizeOf(Object.values(binaryData), 'base64');
    if (size > MAX_DATA_BYTES) faults.push(tooLong('[]', MAX_DATA_BYTES));
    return faults;
  },

  validateUpdate(configMap, old) {
    return immutabilityFaults(configMap, old, ['data', 'binaryData']);
  },
};

/** Faults of the keys of a ConfigMap or Secret: they become file names. */
export function keyFaults(field: string, data: Readonly<Record<string, string>>): FieldError[] {
  return Object.keys(data).flatMap((key) => textFaults(`${field}[${key}]`, key, configKeyFault));
}

/** Bytes in all, of texts or of what is written in base64. */
export function sizeOf(values: readonly string[], encoding: 'utf8' | 'base64' = 'utf8'): number {
  return values.reduce((sum, value) => sum + Buffer.byteLength(value, encoding), 0);
}

/** What was marked immutable stays as it is, the mark included. */
export function immutabilityFaults<T extends { immutable?: boolean }>(
  object: T,
  old: T,
  fields: readonly (keyof T & string)[],
): FieldError[] {
  if (!old.immutable) return [];
  const changed = fields.filter((field) => !isDeepStrictEqual(object[field] ?? {}, old[field] ?? {}));
  return [...(object.immutable ? [] : ['immutable']), ...changed].map((field) =>
    forbiddenField(field, 'field is immutable when `immutable` is set'),
  );
}
