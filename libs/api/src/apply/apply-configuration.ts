import { applyDefaults } from '../decode/apply-defaults.ts';
import { decodeObject } from '../decode/decode-object.ts';
import type { JsonObject } from '../json-object.ts';
import { objectTypeOf } from './apply-type.ts';
import { type Comparison, compareValues } from './compare-values.ts';
import { FieldSet } from './field-set.ts';
import { fieldSetOf } from './field-set-of.ts';
import { type ManagerIdentity, type Managers, managerKey } from './managers.ts';
import { mergeValues } from './merge-values.ts';
import { prune } from './prune.ts';
import { conflictsOf, type FieldConflict, ownable, reassignFields } from './reassign-fields.ts';
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
 * @returns the object as decoding gives it, or the fields over which there is conflict.
 * @throws DecodeError where a value cannot be what the table says.
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
  const object = decoded(tracked, prune(type, merged, before, last?.set ?? FieldSet.EMPTY));
  const change = filtered(changeOf(tracked, live, object, set), ignored);
  const conflicts = conflictsOf(before, change, key);
  if (conflicts.length > 0 && !force) return { conflicts };
  const after = reassignFields(before, change, tracked.kind, key);
  const owned = ownable(set);
  const isNew = last === undefined || !last.set.equals(owned) || !isEmpty(change);
  if (owned.isEmpty) after.delete(key);
  else after.set(key, { ...by, set: owned, time: isNew ? now : last.time });
  return { object, managers: after };
}

function decoded({ schema }: TrackedKind, pruned: unknown): JsonObject {
  const { apiVersion, kind } = (pruned ?? {}) as JsonObject;
  return { apiVersion, kind, ...decodeObject(schema, pruned ?? {}, []) };
}

/**
 * What would be stored is compared with what is: that a quantity is written otherwise, or that an atomic list leaves
 * out what a default says, is no difference over which anyone should have to quarrel.
 * @param set what is applied: of that nothing counts as removed, though it be applied as false or as an empty list,
 * which are not stored.
 */
function changeOf({ schema }: TrackedKind, live: JsonObject, object: JsonObject, set: FieldSet): Comparison {
  const [before, after] = [live, object].map((state) => {
    const completed = structuredClone(state);
    applyDefaults(schema, completed);
    return completed;
  });
  const { added, modified, removed } = compareValues(objectTypeOf(schema), before, after);
  return {
    added,
    modified: modified.union(removed.intersection(set)),
    removed: removed.difference(set),
  };
}

const isEmpty = ({ added, modified, removed }: Comparison) =>
  added.isEmpty && modified.isEmpty && removed.isEmpty;
