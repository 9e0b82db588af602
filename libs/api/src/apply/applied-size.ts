import { isJsonObject } from '../json-object.ts';

/**
 * So many values an applied configuration may have, and an object whose fields are tracked: more than upstream's
 * store takes together with their managedFields. Who owns which of very many takes long to find out.
 */
export const MAX_TRACKED_VALUES = 30_000;

/** So long the managedFields of an object may be as JSON: upstream's store takes no larger objects. */
export const MAX_MANAGED_FIELDS = 1_572_864;

/** Whether there are more values in a value than a number. */
export function hasMoreValues(value: unknown, limit = MAX_TRACKED_VALUES): boolean {
  const left = [value];
  let count = 0;
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const parts = Array.isArray(next) ? next : isJsonObject(next) ? Object.values(next) : [];
    count += parts.length;
    if (count > limit) return true;
    for (const part of parts) if (typeof part === 'object' && part !== null) left.push(part);
  }
  return false;
}
