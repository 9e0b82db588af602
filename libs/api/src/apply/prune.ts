import type { ApplyType } from './apply-type.ts';
import { FieldSet } from './field-set.ts';
import { fieldSetOf, withNamedFields } from './field-set-of.ts';
import type { Managers } from './managers.ts';
import { removeItems } from './remove-items.ts';

/**
 * Takes from a merged object what its applier applied before and does not apply now, unless somebody owns it
 * (structured-merge-diff, merge/update.go).
 * @param managers with the applier's new set.
 * @param last what the applier owned before.
 */
export function prune(type: ApplyType, merged: unknown, managers: Managers, last: FieldSet): unknown {
  if (last.isEmpty) return merged;
  const named = (set: FieldSet) => withNamedFields(set, type);
  const whole = named(fieldSetOf(type, merged));
  const lastNamed = named(last);
  const owned = [...managers.values()].reduce((all, { set }) => all.union(set), FieldSet.EMPTY);
  // With what the applier had goes what lies below it: what is owned comes back …
  const bare = removeItems(type, merged, lastNamed);
  const kept = named(fieldSetOf(type, bare)).union(named(owned));
  const withOwned = removeItems(type, merged, whole.difference(kept));
  // … and so does what neither the applier nor anyone else owned.
  const lost = whole.difference(named(fieldSetOf(type, withOwned))).intersection(lastNamed);
  return removeItems(type, merged, lost);
}
