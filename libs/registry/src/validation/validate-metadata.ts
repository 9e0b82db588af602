import { type FieldError, forbiddenField, invalidValue, type Kind, required, tooLong } from '@hawser/api';
import type { AnyObject } from '../any-object.ts';
import { dnsLabelFault, dnsSubdomainFault, labelValueFault, qualifiedNameFault } from './names.ts';

/** Upstream's bound on all annotations of an object together. */
const MAX_ANNOTATION_BYTES = 256 * 1024;

/** Faults of an object's metadata (apimachinery/pkg/api/validation/objectmeta.go). */
export function validateMetadata(
  kind: Kind,
  { metadata }: AnyObject,
  nameFault: (name: string) => string | undefined = dnsSubdomainFault,
): FieldError[] {
  const faults: FieldError[] = [];
  if (metadata.name === '' || metadata.name === undefined)
    faults.push(required('metadata.name', 'name or generateName is required'));
  else check(faults, 'metadata.name', metadata.name, nameFault(metadata.name));
  if (kind.namespaced) {
    if (!metadata.namespace) faults.push(required('metadata.namespace'));
    else check(faults, 'metadata.namespace', metadata.namespace, dnsLabelFault(metadata.namespace));
  } else if (metadata.namespace) {
    faults.push(forbiddenField('metadata.namespace', 'not allowed on this type'));
  }
  faults.push(...labelFaults(metadata.labels ?? {}), ...annotationFaults(metadata.annotations ?? {}));
  metadata.ownerReferences?.forEach((owner, i) => {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const)
      if (!owner[field])
        faults.push(
          invalidValue(`metadata.ownerReferences[${i}].${field}`, owner[field] ?? '', 'must not be empty'),
        );
  });
  if ((metadata.ownerReferences?.filter((owner) => owner.controller).length ?? 0) > 1)
    faults.push(
      invalidValue(
        'metadata.ownerReferences',
        metadata.ownerReferences,
        'Only one reference can have Controller set to true',
      ),
    );
  metadata.finalizers?.forEach((finalizer, i) => {
    check(faults, `metadata.finalizers[${i}]`, finalizer, qualifiedNameFault(finalizer));
  });
  return faults;
}

/** Faults of labels, wherever they stand. */
export function labelFaults(labels: Readonly<Record<string, string>>, at = 'metadata.labels'): FieldError[] {
  const faults: FieldError[] = [];
  for (const [key, value] of Object.entries(labels)) {
    check(faults, at, key, qualifiedNameFault(key));
    check(faults, at, value, labelValueFault(value));
  }
  return faults;
}

/** Faults of annotations, wherever they stand. */
export function annotationFaults(
  annotations: Readonly<Record<string, string>>,
  at = 'metadata.annotations',
): FieldError[] {
  const faults: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) {
    check(faults, at, key, qualifiedNameFault(key.toLowerCase()));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > MAX_ANNOTATION_BYTES) faults.push(tooLong(at, MAX_ANNOTATION_BYTES));
  return faults;
}

function check(faults: FieldError[], field: string, value: unknown, fault: string | undefined): void {
  if (fault !== undefined) faults.push(invalidValue(field, value, fault));
}
