import type { JsonObject } from '../json-object.ts';
import type { ManagedFieldsEntry } from '../kinds/meta/object-meta.ts';
import type { FieldSet } from './field-set.ts';
import { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.ts';

/** Who changes an object, and how (apimachinery/pkg/util/managedfields). */
export interface ManagerIdentity {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  /** The version of the object that was sent. */
  readonly apiVersion: string;
  /** The subresource that it was sent to; empty for the object itself. */
  readonly subresource: string;
}

/** A manager with the fields that it owns. */
export interface Manager extends ManagerIdentity {
  readonly set: FieldSet;
  /** RFC 3339 with seconds; absent where a client left it out. */
  readonly time: string | undefined;
}

/** All managers of an object, by their keys. */
export type Managers = ReadonlyMap<string, Manager>;

/** What tells managers apart. One who applies is the same in every version. */
export function managerKey({ manager, operation, apiVersion, subresource }: ManagerIdentity): string {
  return JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource]);
}

/** Reads an object's managedFields. @returns undefined where they cannot be read. */
export function decodeManagers(entries: readonly ManagedFieldsEntry[]): Managers | undefined {
  const managers = new Map<string, Manager>();
  for (const entry of entries) {
    const manager = decodeManager(entry);
    if (manager === undefined) return undefined;
    managers.set(managerKey(manager), manager);
  }
  return managers;
}

function decodeManager(entry: ManagedFieldsEntry): Manager | undefined {
  const { manager = '', operation, apiVersion = '', subresource = '', fieldsType, fieldsV1, time } = entry;
  if ((operation !== 'Apply' && operation !== 'Update') || apiVersion === '' || fieldsType !== 'FieldsV1')
    return undefined;
  try {
    const set = decodeFieldsV1((fieldsV1 ?? {}) as JsonObject);
    return { manager, operation, apiVersion, subresource, set, time };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Writes managers as managedFields, in upstream's order: who applies first, then by time, by name. */
export function encodeManagers(managers: Managers): ManagedFieldsEntry[] {
  return [...managers.values()].sort(compareManagers).map(encodeManager);
}

function encodeManager(managed: Manager): ManagedFieldsEntry {
  const { manager, operation, apiVersion, subresource, set, time } = managed;
  return {
    ...(manager === '' ? {} : { manager }),
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: encodeFieldsV1(set),
    ...(subresource === '' ? {} : { subresource }),
  };
}

function compareManagers(a: Manager, b: Manager): number {
  return (
    compareTexts(a.operation, b.operation) ||
    secondsOf(a) - secondsOf(b) ||
    compareTexts(a.manager, b.manager) ||
    compareTexts(a.apiVersion, b.apiVersion) ||
    compareTexts(a.subresource, b.subresource)
  );
}

export const compareTexts = (a: string, b: string) => (a === b ? 0 : a < b ? -1 : 1);

/** Who has no time counts as the oldest. */
export const secondsOf = ({ time }: Manager) => (time === undefined ? 0 : Date.parse(time) / 1000);
