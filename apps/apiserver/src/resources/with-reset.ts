import type { AnyObject } from '@hawser/registry';

/**
 * Keeps an empty list of managedFields, which asks to forget who owns what and which decoding drops as it drops
 * every empty list (apimachinery/pkg/util/managedfields, isResetManagedFields).
 * @param given what the object was decoded from.
 */
export function withReset(object: AnyObject, given: object): AnyObject {
  const { metadata } = given as { metadata?: { managedFields?: unknown } | null };
  const managedFields = metadata?.managedFields;
  if (Array.isArray(managedFields) && managedFields.length === 0) object.metadata.managedFields = [];
  return object;
}
