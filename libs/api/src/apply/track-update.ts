import type { AnyMessage } from '../schema/fields.ts';
import { objectTypeOf } from './apply-type.ts';
import { capManagers } from './cap-managers.ts';
import { type Comparison, compareValues } from './compare-values.ts';
import { FieldSet } from './field-set.ts';
import { type ManagerIdentity, type Managers, managerKey } from './managers.ts';
import { ownable, reassignFields } from './reassign-fields.ts';

/** An object on which fields are tracked: of which table, and what it is called. */
export interface TrackedKind {
  readonly kind: string;
  readonly schema: AnyMessage;
}

/** A change that somebody made, by whatever means but apply. */
export interface TrackedUpdate {
  readonly old: object;
  readonly object: object;
  /** Fields that this way of writing cannot change: nobody owns them by it. */
  readonly ignored: FieldSet;
  readonly by: ManagerIdentity;
  /** RFC 3339 with seconds. */
  readonly now: string;
}

/**
 * The managers of an object after an update (apimachinery/pkg/util/managedfields, Update): who made it owns what
 * it added or changed, in addition to what it owned before; nobody owns what it removed.
 */
export function trackUpdate(
  { kind, schema }: TrackedKind,
  managers: Managers,
  { old, object, ignored, by, now }: TrackedUpdate,
): Managers {
  const change = filtered(compareValues(objectTypeOf(schema), old, object), ignored);
  const after = reassignFields(managers, change, kind, undefined);
  const gained = ownable(change.added.union(change.modified));
  if (!gained.isEmpty) {
    const key = managerKey(by);
    const before = after.get(key)?.set ?? FieldSet.EMPTY;
    after.set(key, { ...by, set: before.union(gained), time: now });
  }
  return capManagers(after);
}

/** A comparison without fields that do not count. */
export function filtered({ added, modified, removed }: Comparison, ignored: FieldSet): Comparison {
  return {
    added: added.without(ignored),
    modified: modified.without(ignored),
    removed: removed.without(ignored),
  };
}
