import { type FieldError, invalidValue } from '@hawser/api';
import { dnsSubdomainFault, pathSegmentFault } from '../../validation/names.ts';

/** Faults of a reference whose names will stand in a path; that one is missing is told by the schema. */
export function typedReferenceFaults(
  at: string,
  { apiGroup, kind, name }: { apiGroup?: string; kind?: string; name?: string },
): FieldError[] {
  const faults: FieldError[] = [];
  const group = apiGroup === undefined ? undefined : dnsSubdomainFault(apiGroup);
  if (group !== undefined) faults.push(invalidValue(`${at}.apiGroup`, apiGroup, group));
  for (const [field, value] of Object.entries({ kind, name })) {
    const fault = value && pathSegmentFault(value);
    if (fault) faults.push(invalidValue(`${at}.${field}`, value, fault));
  }
  return faults;
}
