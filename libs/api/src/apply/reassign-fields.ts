import { schemaFor } from '../kinds/schema-for.ts';
import type { Comparison } from './compare-values.ts';
import { FieldSet, type Path } from './field-set.ts';
import type { Manager, Managers } from './managers.ts';
import { fieldElement } from './path-element.ts';

/** A field that another manager owns and has otherwise. */
export interface FieldConflict {
  readonly manager: Manager;
  readonly path: Path;
}

/** What the server writes itself, and what tells which object it is: nobody owns it. */
const NOBODYS = FieldSet.of(
  ...['apiVersion', 'kind', 'metadata'].map((name) => [fieldElement(name)]),
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((name) => [fieldElement('metadata'), fieldElement(name)]),
);

export const ownable = (set: FieldSet): FieldSet => set.difference(NOBODYS);

/** The fields that others own and that a change makes otherwise. @param key who makes the change. */
export function conflictsOf(
  managers: Managers,
  change: Comparison,
  key: string | undefined,
): FieldConflict[] {
  const changed = change.modified.union(change.added);
  return [...managers].flatMap(([other, manager]) =>
    other === key ? [] : [...manager.set.intersection(changed).paths()].map((path) => ({ manager, path })),
  );
}

/**
 * The managers after a change: what it changed or removed belongs to no other any more, and who has nothing left
 * is gone, as is who speaks of a version that is not served (structured-merge-diff, merge/update.go).
 * @param key who makes the change, and keeps what it has.
 */
export function reassignFields(
  managers: Managers,
  change: Comparison,
  kind: string,
  key: string | undefined,
): Map<string, Manager> {
  const lost = change.modified.union(change.added);
  const left = new Map<string, Manager>();
  for (const [other, manager] of managers) {
    if (other !== key && schemaFor(manager.apiVersion, kind) === undefined) continue;
    const set = other === key ? manager.set : withoutLost(manager.set, lost, change.removed);
    if (!set.isEmpty) left.set(other, set === manager.set ? manager : { ...manager, set });
  }
  return left;
}

const withoutLost = (set: FieldSet, lost: FieldSet, removed: FieldSet) =>
  set.difference(set.intersection(lost)).difference(removed);
