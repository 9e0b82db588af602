import type { ManagedFieldsEntry } from '../kinds/meta/object-meta.ts';
import { hasMoreValues, MAX_MANAGED_FIELDS } from './applied-size.ts';
import { decodeManagers, encodeManagers } from './managers.ts';
import { type TrackedKind, type TrackedUpdate, trackUpdate } from './track-update.ts';

/** What a write brings and finds of managedFields. */
export interface ManagedFieldsState {
  /** What the object that was sent says of them. */
  readonly given: readonly ManagedFieldsEntry[] | undefined;
  readonly stored: readonly ManagedFieldsEntry[] | undefined;
}

/**
 * The managedFields of an object after a write that is no apply (apimachinery/pkg/util/managedfields, Update).
 * What the client says of them counts where it can be read: one that does not know of them does not lose them, and
 * an empty list, or one of an empty entry, takes them all away, as does a size that nobody keeps.
 * @returns undefined where the fields of the object are not tracked.
 */
export function trackFields(
  tracked: TrackedKind,
  { given, stored }: ManagedFieldsState,
  update: TrackedUpdate,
): ManagedFieldsEntry[] | undefined {
  if (given !== undefined && isReset(given)) return undefined;
  const own = decodeManagers(given ?? []);
  const managers = own !== undefined && own.size > 0 ? own : decodeManagers(stored ?? []);
  if (managers === undefined || managers.size === 0) return undefined;
  // As upstream does where its store does not take an object with them.
  if (hasMoreValues(update.object)) return undefined;
  const after = encodeManagers(trackUpdate(tracked, managers, update));
  return after.length === 0 || JSON.stringify(after).length > MAX_MANAGED_FIELDS ? undefined : after;
}

function isReset(given: readonly ManagedFieldsEntry[]): boolean {
  return given.length === 0 || (given.length === 1 && Object.keys(given[0]!).length === 0);
}
