import type { JsonObject } from '../json-object.ts';
import type { ManagedFieldsEntry } from '../kinds/meta/object-meta.ts';
import type { Kind } from '../schema/kind.ts';
import { ApiError } from '../status/api-error.ts';
import { hasMoreValues, MAX_MANAGED_FIELDS } from './applied-size.ts';
import { type Applied, applyConfiguration } from './apply-configuration.ts';
import { objectTypeOf } from './apply-type.ts';
import { applyConflict } from './conflict-error.ts';
import type { FieldSet } from './field-set.ts';
import { firstManagers } from './first-managers.ts';
import { lastAppliedFields, withLastApplied } from './last-applied.ts';
import { decodeManagers, encodeManagers, type Managers } from './managers.ts';

/** The manager's name with which kubectl applies unless told. */
const KUBECTL = 'kubectl';

export interface ServerSideApply {
  readonly config: JsonObject;
  /** The stored object; undefined where there is none yet. */
  readonly live: JsonObject | undefined;
  /** Fields that this way of writing cannot change. */
  readonly ignored: FieldSet;
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: string;
  readonly force: boolean;
  /** RFC 3339 with seconds. */
  readonly now: string;
}

/**
 * Server-side apply of a configuration that has no faults (`applyFaults`).
 * @returns the object as it is to be, decoded, with its managedFields.
 * @throws ApiError Conflict where others own what it would change, and it is not to be forced;
 * RequestEntityTooLarge where too much were to be kept of who owns what. DecodeError where a value cannot be what
 * the table says.
 */
export function serverSideApply(kind: Kind, request: ServerSideApply): JsonObject {
  const { config, manager, apiVersion, subresource, ignored, now } = request;
  if (hasMoreValues(config)) throw tooManyFields();
  const live = withoutManagedFields(request.live ?? {});
  const by = { manager, operation: 'Apply', apiVersion, subresource } as const;
  const configuration = { config, live, ignored, by, now };
  const managers = managersOf(kind, live, request);
  const applied = applyConfiguration(kind, managers, configuration, request.force);
  const { object, managers: after } = settled(kind, applied, request, () =>
    applyConfiguration(kind, managers, configuration, true),
  );
  const synced = manager === KUBECTL ? withLastApplied(object, config) : object;
  const managedFields = encodeManagers(after);
  if (JSON.stringify(managedFields).length > MAX_MANAGED_FIELDS) throw tooManyFields();
  return withManagedFields(synced, managedFields);
}

const tooManyFields = () =>
  new ApiError(
    'RequestEntityTooLarge',
    'Request entity too large: its fields, and who owns them, are too many',
  );

/** Who manages the object, of whom it may be the first time that it is asked. */
function managersOf(kind: Kind, live: JsonObject, request: ServerSideApply): Managers {
  if (request.live === undefined) return new Map();
  const { managedFields } = request.live['metadata'] as { managedFields?: ManagedFieldsEntry[] };
  const managers = decodeManagers(managedFields ?? []);
  return managers !== undefined && managers.size > 0 ? managers : firstManagers(kind, live, request);
}

/** What kubectl applied itself, from the client's side, is no conflict when it applies from the server's. */
function settled(
  { schema }: Kind,
  applied: Applied,
  { manager, live = {} }: ServerSideApply,
  forced: () => Applied,
): Exclude<Applied, { conflicts: unknown }> {
  if (!('conflicts' in applied)) return applied;
  const own = manager === KUBECTL ? lastAppliedFields(objectTypeOf(schema), live) : undefined;
  const conflicts = applied.conflicts.filter(({ path }) => own === undefined || !own.has(path));
  if (conflicts.length > 0) throw applyConflict(conflicts);
  return forced() as Exclude<Applied, { conflicts: unknown }>;
}

function withoutManagedFields(object: JsonObject): JsonObject {
  const { managedFields: _managed, ...metadata } = (object['metadata'] ?? {}) as JsonObject;
  return 'metadata' in object ? { ...object, metadata } : object;
}

function withManagedFields(object: JsonObject, managedFields: ManagedFieldsEntry[]): JsonObject {
  const metadata = { ...((object['metadata'] ?? {}) as JsonObject) };
  return { ...object, metadata: managedFields.length === 0 ? metadata : { ...metadata, managedFields } };
}
