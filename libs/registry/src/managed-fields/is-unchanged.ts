import { isDeepStrictEqual } from 'node:util';
import type { AnyObject } from '../any-object.ts';

/**
 * Whether an object is as it is stored. When its fields were last managed does not count where all else is the
 * same: a write that changes nothing writes nothing (apiserver/pkg/endpoints/handlers/fieldmanager/equality.go).
 */
export function isUnchanged(object: AnyObject, stored: AnyObject): boolean {
  if (isDeepStrictEqual(object, stored)) return true;
  const { managedFields } = object.metadata;
  if (managedFields === undefined || managedFields.length !== stored.metadata.managedFields?.length)
    return false;
  return isDeepStrictEqual(timeless(object), timeless(stored));
}

/** The object without the times of its managers, by which they are sorted. */
function timeless({ metadata, ...rest }: AnyObject): object {
  const { managedFields = [], ...others } = metadata;
  const managers = managedFields.map(({ time: _time, ...entry }) => JSON.stringify(entry)).sort();
  return { ...rest, metadata: others, managers };
}
