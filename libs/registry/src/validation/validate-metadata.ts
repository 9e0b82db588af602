import {
  type FieldError,
  forbiddenField,
  invalidValue,
  type Kind,
  notSupported,
  required,
  tooLong,
} from '@hawser/api';
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
  const { generateName } = metadata;
  if (generateName)
    check(faults, 'metadata.generateName', generateName, nameFault(withoutTrailingDash(generateName)));
  if (metadata.name === '' || metadata.name === undefined)
    faults.push(required('metadata.name', 'name or generateName is required'));
  else check(faults, 'metadata.name', metadata.name, nameFault(metadata.name));
  if (kind.namespaced) {
    if (!metadata.namespace) faults.push(required('metadata.namespace'));
    else check(faults, 'metadata.namespace', metadata.namespace, dnsLabelFault(metadata.namespace));
  } else if (metadata.namespace) {
    faults.push(forbiddenField('metadata.namespace', 'not allowed on this type'));
  }
  const { labels = {}, annotations = {}, ownerReferences, finalizers } = metadata;
  // One by one: there may be more than a call can have arguments.
  for (const found of [
    labelFaults(labels),
    annotationFaults(annotations),
    ownerFaults(ownerReferences),
    finalizerFaults(finalizers),
  ])
    for (const fault of found) faults.push(fault);
  metadata.managedFields?.forEach(({ operation }, i) => {
    const at = `metadata.managedFields[${i}].operation`;
    if (!operation) faults.push(required(at, 'must not be empty'));
    else if (!OPERATIONS.includes(operation)) faults.push(notSupported(at, operation, OPERATIONS));
  });
  return faults;
}

const OPERATIONS = ['Apply', 'Update'];

/** A prefix of names may end in a dash, as something follows (maskTrailingDash). */
function withoutTrailingDash(prefix: string): string {
  return prefix.length > 1 && prefix.endsWith('-') ? `${prefix.slice(0, -2)}a` : prefix;
}

type Owners = AnyObject['metadata']['ownerReferences'];

function ownerFaults(owners: Owners = []): FieldError[] {
  const faults = owners.flatMap((owner, i) => {
    const at = `metadata.ownerReferences[${i}]`;
    const missing = (['apiVersion', 'kind', 'name', 'uid'] as const)
      .filter((field) => !owner[field])
      .map((field) => required(`${at}.${field}`, 'must not be empty'));
    if (owner.apiVersion && !/^([^/]+\/)?[^/]+$/.test(owner.apiVersion))
      missing.push(
        invalidValue(`${at}.apiVersion`, owner.apiVersion, 'must be <group>/<version> or <version>'),
      );
    if (owner.apiVersion === 'v1' && owner.kind === 'Event')
      missing.push(invalidValue(at, owner, '/v1, Kind=Event is disallowed from being an owner'));
    return missing;
  });
  const [first, ...others] = owners
    .filter(({ controller }) => controller)
    .map(({ kind, name }) => `${kind}/${name}`);
  for (const other of others)
    faults.push(
      invalidValue(
        'metadata.ownerReferences',
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${other}`,
      ),
    );
  return faults;
}

const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

function finalizerFaults(finalizers: readonly string[] = []): FieldError[] {
  const at = 'metadata.finalizers';
  const faults: FieldError[] = [];
  for (const finalizer of finalizers) check(faults, at, finalizer, qualifiedNameFault(finalizer));
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion'))
    faults.push(invalidValue(at, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  finalizers.forEach((finalizer, i) => {
    if (!finalizer.includes('/') && !STANDARD_FINALIZERS.has(finalizer))
      faults.push(
        invalidValue(
          `${at}[${i}]`,
          finalizer,
          'name is neither a standard finalizer name nor is it fully qualified',
        ),
      );
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
