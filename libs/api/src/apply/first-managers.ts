import { zeroOf } from '../decode/zero-value.ts';
import type { JsonObject } from '../json-object.ts';
import { objectTypeOf } from './apply-type.ts';
import { FieldSet } from './field-set.ts';
import { LAST_APPLIED_FIELD, lastAppliedFields } from './last-applied.ts';
import { type ManagerIdentity, type Managers, managerKey } from './managers.ts';
import { type TrackedKind, trackUpdate } from './track-update.ts';

/** Who owns what nobody was seen to write (apimachinery/pkg/util/managedfields, skipNonApplied). */
const BEFORE_FIRST_APPLY = 'before-first-apply';
/** Whom upstream has seen writing what `kubectl apply` without `--server-side` applied. */
const CLIENT_SIDE_APPLY = 'kubectl-client-side-apply';

export interface FirstTracking {
  readonly apiVersion: string;
  readonly subresource: string;
  readonly ignored: FieldSet;
  readonly now: string;
}

/**
 * The managers of an object that was not tracked before: kubectl, of what the object says that it applied, and
 * `before-first-apply` of all the rest. That they are told apart lets kubectl take over what it applied, and only
 * that, when it begins to apply from the server's side.
 */
export function firstManagers(
  tracked: TrackedKind,
  live: JsonObject,
  { apiVersion, subresource, ignored, now }: FirstTracking,
): Managers {
  const by = (manager: string): ManagerIdentity => ({
    manager,
    operation: 'Update',
    apiVersion,
    subresource,
  });
  const before = by(BEFORE_FIRST_APPLY);
  const update = { old: zeroOf(tracked.schema) as object, object: live, ignored, by: before, now };
  const all = trackUpdate(tracked, new Map(), update).get(managerKey(before))?.set ?? FieldSet.EMPTY;
  const applied = lastAppliedFields(objectTypeOf(tracked.schema), live)
    ?.union(FieldSet.of(LAST_APPLIED_FIELD))
    .intersection(all);
  const sets: [ManagerIdentity, FieldSet][] = [
    [before, applied === undefined ? all : all.difference(applied)],
    [by(CLIENT_SIDE_APPLY), applied ?? FieldSet.EMPTY],
  ];
  return new Map(
    sets.flatMap(([identity, set]) =>
      set.isEmpty ? [] : [[managerKey(identity), { ...identity, set, time: now }]],
    ),
  );
}
