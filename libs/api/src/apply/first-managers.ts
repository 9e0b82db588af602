import type { JsonObject } from '../json-object.ts';
import type { Kind } from '../schema/kind.ts';
import { objectTypeOf } from './apply-type.ts';
import { compareValues } from './compare-values.ts';
import { emptyObject } from './empty-object.ts';
import { FieldSet } from './field-set.ts';
import { ignoredFields } from './ignored-fields.ts';
import { LAST_APPLIED_FIELD, lastAppliedFields } from './last-applied.ts';
import { type Manager, type Managers, managerKey } from './managers.ts';
import { fieldElement } from './path-element.ts';
import { ownable } from './reassign-fields.ts';
import { filtered } from './track-update.ts';

/** Who owns what nobody was seen to write (apimachinery/pkg/util/managedfields, skipNonApplied). */
const BEFORE_FIRST_APPLY = 'before-first-apply';
/** Whom upstream has seen writing what `kubectl apply` without `--server-side` applied. */
const CLIENT_SIDE_APPLY = 'kubectl-client-side-apply';

export interface FirstTracking {
  readonly apiVersion: string;
  /** What was applied to. */
  readonly subresource: string;
  /** RFC 3339 with seconds. */
  readonly now: string;
}

/**
 * The managers of an object that was not tracked before: kubectl, of what the object says that it applied, and
 * `before-first-apply` of all the rest. That they are told apart lets kubectl take over what it applied, and only
 * that, when it begins to apply from the server's side. Of the status somebody is the owner only where that is
 * what is applied to.
 */
export function firstManagers(kind: Kind, live: JsonObject, tracking: FirstTracking): Managers {
  const parts = tracking.subresource === 'status' ? ['', 'status'] : [''];
  const managers = parts.flatMap((part) => managersOfPart(kind, live, part, tracking));
  return new Map(managers.map((manager) => [managerKey(manager), manager]));
}

function managersOfPart(
  kind: Kind,
  live: JsonObject,
  subresource: string,
  { apiVersion, now }: FirstTracking,
): Manager[] {
  const all = fieldsOfPart(kind, live, subresource);
  const applied = lastAppliedFields(objectTypeOf(kind.schema), live)
    ?.union(FieldSet.of(LAST_APPLIED_FIELD))
    .intersection(all);
  const sets = [
    { manager: BEFORE_FIRST_APPLY, set: applied === undefined ? all : all.difference(applied) },
    {
      manager: CLIENT_SIDE_APPLY,
      set: subresource === '' && applied !== undefined ? applied : FieldSet.EMPTY,
    },
  ];
  return sets
    .filter(({ set }) => !set.isEmpty)
    .map((owned) => ({ ...owned, operation: 'Update', apiVersion, subresource, time: now }));
}

/** What whoever made the object can have written, but for what Go's types always have. */
function fieldsOfPart(kind: Kind, live: JsonObject, subresource: string): FieldSet {
  const ignored = ignoredFields(kind, subresource);
  const { added, modified } = filtered(
    compareValues(objectTypeOf(kind.schema), emptyObject(kind.schema), live),
    subresource === '' ? ignored : ignored.union(FieldSet.of([fieldElement('metadata')])),
  );
  return ownable(added.union(modified));
}
