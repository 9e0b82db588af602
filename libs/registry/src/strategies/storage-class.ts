import { isDeepStrictEqual } from 'node:util';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  type StorageClass,
  tooLong,
  type VolumeAttributesClass,
} from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { immutableFaults } from '../validation/immutable.ts';
import { qualifiedNameFault } from '../validation/names.ts';

/** Upstream's bounds on what a provisioner is told (pkg/apis/storage/validation). */
const MAX_PARAMETERS = 512;
const MAX_PARAMETER_BYTES = 256 * 1024;

type Terms = NonNullable<StorageClass['allowedTopologies']>;

export const storageClassStrategy: Strategy<StorageClass & Record<string, unknown>> = {
  returnDeletedObject: true,

  validate({ provisioner, parameters, allowedTopologies }) {
    return [
      ...provisionerFaults('provisioner', provisioner),
      ...parameterFaults(parameters),
      ...topologyFaults(allowedTopologies ?? []),
    ];
  },

  validateUpdate(storageClass, old) {
    return [
      ...frozenFaults(storageClass, old, ['parameters', 'provisioner', 'reclaimPolicy']),
      ...immutableFaults('volumeBindingMode', storageClass.volumeBindingMode, old.volumeBindingMode),
    ];
  },
};

export const volumeAttributesClassStrategy: Strategy<VolumeAttributesClass & Record<string, unknown>> = {
  returnDeletedObject: true,

  validate({ driverName, parameters }) {
    const faults = [...provisionerFaults('driverName', driverName), ...parameterFaults(parameters)];
    if (Object.keys(parameters ?? {}).length === 0)
      faults.push(required('parameters', 'must contain at least one key/value pair'));
    return faults;
  },

  validateUpdate: (volumeClass, old) => frozenFaults(volumeClass, old, ['driverName', 'parameters']),
};

function frozenFaults<T>(object: T, old: T, fields: readonly (keyof T & string)[]): FieldError[] {
  return fields
    .filter((field) => !isDeepStrictEqual(object[field] ?? {}, old[field] ?? {}))
    .map((field) => forbiddenField(field, `updates to ${field} are forbidden.`));
}

/** That there is one is for the schema to say. */
function provisionerFaults(at: string, provisioner: string | undefined): FieldError[] {
  const fault = provisioner ? qualifiedNameFault(provisioner.toLowerCase()) : undefined;
  return fault === undefined ? [] : [invalidValue(at, provisioner?.toLowerCase(), fault)];
}

function parameterFaults(parameters: Readonly<Record<string, string>> = {}): FieldError[] {
  const entries = Object.entries(parameters);
  if (entries.length > MAX_PARAMETERS) return [tooLong('parameters', MAX_PARAMETERS)];
  const faults: FieldError[] = [];
  let size = 0;
  for (const [key, value] of entries) {
    if (key === '') faults.push(invalidValue('parameters', key, 'field can not be empty.'));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > MAX_PARAMETER_BYTES) faults.push(tooLong('parameters', MAX_PARAMETER_BYTES));
  return faults;
}

/** Terms with their keys and values (core/validation `ValidateTopologySelectorTerm`), each only once. */
function topologyFaults(terms: Terms): FieldError[] {
  const seen = new Set<string>();
  return terms.flatMap(({ matchLabelExpressions = [] }, i) => {
    const at = `allowedTopologies[${i}].matchLabelExpressions`;
    const meaning = JSON.stringify(
      matchLabelExpressions.map(({ key, values = [] }) => [key, [...values].sort()]).sort(),
    );
    const repeated = seen.has(meaning) ? [duplicate(at, '')] : [];
    seen.add(meaning);
    return [...expressionFaults(at, matchLabelExpressions), ...repeated];
  });
}

function expressionFaults(
  at: string,
  expressions: NonNullable<Terms[number]['matchLabelExpressions']>,
): FieldError[] {
  const faults: FieldError[] = [];
  const keys = new Set<string>();
  expressions.forEach(({ key = '', values = [] }, i) => {
    if (values.length === 0) faults.push(required(`${at}[${i}].values`));
    const seen = new Set<string>();
    values.forEach((value, j) => {
      if (seen.size === seen.add(value).size) faults.push(duplicate(`${at}[${i}].values[${j}]`, value));
    });
    const fault = key === '' ? undefined : qualifiedNameFault(key);
    if (fault !== undefined) faults.push(invalidValue(`${at}[${i}].key`, key, fault));
    if (keys.has(key)) faults.push(duplicate(`${at}[${i}].key`, key));
    keys.add(key);
  });
  return faults;
}
