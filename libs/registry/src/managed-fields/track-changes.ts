import { emptyObject, FieldSet, formatTime, type ManagedFieldsEntry, trackFields } from '@hawser/api';
import type { AnyObject } from '../any-object.ts';
import type { Resource } from '../resource.ts';
import type { WriteContext } from '../write-context.ts';

/** A change of an object, once it is known what of it counts. */
export interface TrackedChange {
  readonly subresource: string;
  readonly old: AnyObject;
  /** Gets its managedFields, in place. */
  readonly object: AnyObject;
  /** What the client sent of them. */
  readonly given: readonly ManagedFieldsEntry[] | undefined;
}

/** Subresources of which a write is a change of the object; the others have it written by the hub. */
const TRACKED = new Set(['', 'status', 'scale', 'approval', 'finalize']);

/**
 * Says of a changed object who owns which of its fields, where that is tracked: since it was first applied
 * server-side. Of all other objects this looks at two fields and leaves.
 */
export function trackChangedFields(resource: Resource, change: TrackedChange, context: WriteContext): void {
  const { subresource, old, object, given } = change;
  const stored = old.metadata.managedFields;
  if (given === undefined && stored === undefined) return;
  if (context.fieldManager === undefined) {
    setManagedFields(object, given);
    return;
  }
  // A subresource cannot change them otherwise than by what it changes.
  const state = { given: subresource === '' ? given : undefined, stored };
  const tracked = TRACKED.has(subresource)
    ? trackFields(resource.kind, state, updateOf(resource, change, context.fieldManager()))
    : stored;
  setManagedFields(object, tracked);
}

/** As above, of an object that comes with managedFields when it is created. */
export function trackNewFields(resource: Resource, object: AnyObject, context: WriteContext): void {
  const given = object.metadata.managedFields;
  if (given === undefined || context.fieldManager === undefined) return;
  const old = emptyObject(resource.kind.schema) as unknown as AnyObject;
  const change = { subresource: '', old, object, given };
  const update = updateOf(resource, change, context.fieldManager());
  setManagedFields(object, trackFields(resource.kind, { given, stored: undefined }, update));
}

function updateOf({ kind, clock }: Resource, { subresource, old, object }: TrackedChange, manager: string) {
  const by = { manager, operation: 'Update', apiVersion: kind.apiVersion, subresource } as const;
  // What this way of writing cannot change has been restored: it does not differ.
  return { old, object, ignored: FieldSet.EMPTY, by, now: formatTime(clock.now()) };
}

function setManagedFields({ metadata }: AnyObject, entries: readonly ManagedFieldsEntry[] | undefined): void {
  if (entries === undefined) delete metadata.managedFields;
  else metadata.managedFields = [...entries];
}
