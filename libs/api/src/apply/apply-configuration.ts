import type { JsonObject } from '../json-object.ts';
import { objectTypeOf } from './apply-type.ts';
import { compareValues } from './compare-values.ts';
import { FieldSet } from './field-set.ts';
import { fieldSetOf } from './field-set-of.ts';
import { type ManagerIdentity, type Managers, managerKey } from './managers.ts';
import { mergeValues } from './merge-values.ts';
import { prune } from './prune.ts';
import { conflictsOf, type FieldConflict, ownable, reassignFields } from './reassign-fields.ts';
import { sameJson } from './same-json.ts';
import { filtered, type TrackedKind } from './track-update.ts';

/** What somebody applies to an object. */
export interface AppliedConfiguration {
  readonly config: JsonObject;
  /** The object as it stands, without its managedFields; of one that does not exist, what is always there. */
  readonly live: JsonObject;
  /** Fields that this way of writing cannot change: they are not owned by it, and do not conflict. */
  readonly ignored: FieldSet;
  readonly by: ManagerIdentity;
  /** RFC 3339 with seconds. */
  readonly now: string;
}

export type Applied =
  | { readonly object: JsonObject; readonly managers: Managers }
  | { readonly conflicts: readonly FieldConflict[] };

/**
 * Server-side apply (structured-merge-diff, merge/update.go): lays a configuration over an object, takes from it
 * what its applier applied before and does not now, and says who owns what after it.
 * @param force to take fields over that others own and have otherwise.
 * @returns the object, which shares parts with what was given, or the fields over which there is conflict.
 */
export function applyConfiguration(
  tracked: TrackedKind,
  managers: Managers,
  { config, live, ignored, by, now }: AppliedConfiguration,
  force: boolean,
): Applied {
  const type = objectTypeOf(tracked.schema);
  const key = managerKey(by);
  const last = managers.get(key);
  const set = fieldSetOf(type, config).without(ignored);
  const before = new Map(managers).set(key, { ...by, set, time: last?.time });
  const merged = mergeValues(type, live, config);
  const object = (prune(type, merged, before, last?.set ?? FieldSet.EMPTY) ?? {}) as JsonObject;
  const change = filtered(compareValues(type, live, object), ignored);
  const conflicts = conflictsOf(before, change, key);
  if (conflicts.length > 0 && !force) return { conflicts };
  const after = reassignFields(before, change, tracked.kind, key);
  const owned = ownable(set);
  const isNew = last === undefined || !last.set.equals(owned) || !sameJson(live, object);
  if (owned.isEmpty) after.delete(key);
  else after.set(key, { ...by, set: owned, time: isNew ? now : last.time });
  return { object, managers: after };
}
