import { isDeepStrictEqual } from 'node:util';
import {
  type CSIDriver,
  type CSINode,
  type CSIStorageCapacity,
  duplicate,
  type FieldError,
  invalidValue,
  required,
  tooLong,
} from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { immutableFaults } from '../validation/immutable.ts';
import { dnsSubdomainFault, qualifiedNameFault } from '../validation/names.ts';
import { nonNegativeQuantityFaults } from '../validation/quantities.ts';
import { labelSelectorFaults } from './label-selector-faults.ts';

/** Bounds of pkg/apis/storage/validation. */
const MAX_NODE_ID = 256;
const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;
const MIN_UPDATE_PERIOD_SECONDS = 10;
const MAX_DRIVER_NAME = 63;

type Driver = NonNullable<CSINode['spec']['drivers']>[number];

/** Faults of a driver's name (core/validation `ValidateCSIDriverName`); that there is one the schema says. */
export function driverNameFaults(at: string, name: string | undefined): FieldError[] {
  if (!name) return [];
  const faults: FieldError[] = name.length > MAX_DRIVER_NAME ? [tooLong(at, MAX_DRIVER_NAME)] : [];
  const fault = dnsSubdomainFault(name.toLowerCase());
  return fault === undefined ? faults : [...faults, invalidValue(at, name, fault)];
}

export const csiNodeStrategy: Strategy<CSINode & Record<string, unknown>> = {
  returnDeletedObject: true,
  needsVersionOnUpdate: true,

  prepareForCreate(node) {
    node.spec ??= { drivers: [] };
    node.spec.drivers ??= [];
  },

  prepareForUpdate(node) {
    node.spec ??= { drivers: [] };
    node.spec.drivers ??= [];
  },

  validate: ({ spec }) =>
    (spec.drivers ?? []).flatMap((driver, i) => driverFaults(`spec.drivers[${i}]`, driver)),

  // A driver may come and go; of one that stays, only how much it takes may change.
  validateUpdate({ spec }, old) {
    const drivers = new Map((spec.drivers ?? []).map((driver) => [driver.name, driver]));
    return (old.spec.drivers ?? []).flatMap(({ allocatable: _old, ...was }) => {
      const now = drivers.get(was.name);
      if (now === undefined) return [];
      const { allocatable: _now, ...is } = now;
      return immutableFaults('spec.drivers', is, was);
    });
  },
};

function driverFaults(at: string, { name, nodeID, topologyKeys = [], allocatable }: Driver): FieldError[] {
  const faults = driverNameFaults(`${at}.name`, name);
  if ((nodeID ?? '').length > MAX_NODE_ID)
    faults.push(invalidValue(`${at}.nodeID`, nodeID, `must be ${MAX_NODE_ID} characters or less`));
  const count = allocatable?.count ?? 0;
  if (count < 0)
    faults.push(invalidValue(`${at}.allocatable.count`, count, 'must be greater than or equal to 0'));
  const seen = new Set<string>();
  topologyKeys.forEach((key) => {
    if (key === '') faults.push(required(at));
    if (seen.size === seen.add(key).size) faults.push(duplicate(at, key));
    const fault = qualifiedNameFault(key);
    if (fault !== undefined) faults.push(invalidValue(at, key, fault));
  });
  return faults;
}

export const csiDriverStrategy: Strategy<CSIDriver & Record<string, unknown>> = {
  returnDeletedObject: true,
  needsVersionOnUpdate: true,

  prepareForCreate(driver) {
    complete(driver);
  },

  prepareForUpdate(driver, old) {
    complete(driver);
    // Absent until the first change, as upstream's.
    if (!isDeepStrictEqual(driver.spec, old.spec)) driver.metadata.generation ??= 0;
  },

  validate({ spec }) {
    const audiences = new Set<string>();
    const faults = (spec.tokenRequests ?? []).flatMap((request, i) => {
      const at = `spec.tokenRequests[${i}]`;
      const { audience = '', expirationSeconds } = request;
      if (audiences.size === audiences.add(audience).size) return [duplicate(`${at}.audience`, audience)];
      return tokenLifetimeFaults(`${at}.expirationSeconds`, expirationSeconds);
    });
    const period = spec.nodeAllocatableUpdatePeriodSeconds;
    if (period !== undefined && period < MIN_UPDATE_PERIOD_SECONDS)
      faults.push(
        invalidValue(
          'spec.nodeAllocatableUpdatePeriodSeconds',
          period,
          `must be greater than or equal to ${MIN_UPDATE_PERIOD_SECONDS} seconds`,
        ),
      );
    if (spec.serviceAccountTokenInSecrets !== undefined && !spec.tokenRequests?.length)
      faults.push(
        invalidValue(
          'spec.serviceAccountTokenInSecrets',
          spec.serviceAccountTokenInSecrets,
          'serviceAccountTokenInSecrets is set but no tokenRequests are specified',
        ),
      );
    return faults;
  },

  validateUpdate({ spec }, old) {
    return [
      ...immutableFaults('spec.attachedRequired', spec.attachRequired, old.spec.attachRequired),
      ...immutableFaults(
        'spec.volumeLifecycleModes',
        spec.volumeLifecycleModes,
        old.spec.volumeLifecycleModes,
      ),
    ];
  },
};

/** A driver that says nothing of its modes offers volumes that last (storage/v1 defaults.go). */
function complete(driver: CSIDriver): void {
  driver.spec ??= {};
  if (!driver.spec.volumeLifecycleModes?.length) driver.spec.volumeLifecycleModes = ['Persistent'];
}

function tokenLifetimeFaults(at: string, seconds: number | undefined): FieldError[] {
  if (seconds === undefined) return [];
  if (seconds < MIN_TOKEN_SECONDS)
    return [invalidValue(at, seconds, 'may not specify a duration less than 10 minutes')];
  return seconds > MAX_TOKEN_SECONDS
    ? [invalidValue(at, seconds, 'may not specify a duration larger than 2^32 seconds')]
    : [];
}

export const csiStorageCapacityStrategy: Strategy<CSIStorageCapacity & Record<string, unknown>> = {
  returnDeletedObject: true,
  needsVersionOnUpdate: true,

  validate({ nodeTopology, storageClassName, capacity }) {
    const faults = nodeTopology === undefined ? [] : labelSelectorFaults('nodeTopology', nodeTopology);
    const fault = storageClassName ? dnsSubdomainFault(storageClassName) : undefined;
    if (fault !== undefined) faults.push(invalidValue('storageClassName', storageClassName, fault));
    if (capacity !== undefined) faults.push(...nonNegativeQuantityFaults('capacity', capacity));
    return faults;
  },

  validateUpdate(capacity, old) {
    return [
      ...immutableFaults('nodeTopology', capacity.nodeTopology, old.nodeTopology),
      ...immutableFaults('storageClassName', capacity.storageClassName, old.storageClassName),
    ];
  },
};
