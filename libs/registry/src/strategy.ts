import type { FieldError } from '@hawser/api';
import type { AnyObject } from './any-object.ts';
import type { WriteContext } from './write-context.ts';

/** What a deletion asked for, with defaults filled in. */
export interface DeletionGrace {
  /** Seconds; 0 removes at once. */
  readonly gracePeriodSeconds: number | undefined;
}

/**
 * What is particular to a kind, beside its table: the hooks run in the order in which they stand here
 * (apiserver/pkg/registry/rest). All are optional; objects may be changed in place by `prepare…` only.
 */
export interface Strategy<T extends AnyObject = AnyObject> {
  /** Changes of the spec are counted in `metadata.generation`, from 1. */
  readonly countsGenerations?: boolean;
  /** PUT of an object that does not exist creates it. */
  readonly allowCreateOnUpdate?: boolean;
  /** A change must say which version it is of. */
  readonly needsVersionOnUpdate?: boolean;
  /** DELETE answers with the object, not with a Status. */
  readonly returnDeletedObject?: boolean;
  /** A new object may bring its status along, as a kubelet's Node does. */
  readonly keepStatusOnCreate?: boolean;
  /** What becomes of dependents when a deletion does not say: they go with the object unless told. */
  readonly defaultPropagation?: 'Orphan';
  /** Objects of this kind own no others: there is nothing for the garbage collector to do (`rest.Unsupported`). */
  readonly ownsNothing?: boolean;
  /** Characters allowed in names: DNS subdomains unless told. */
  readonly validateName?: (name: string) => string | undefined;
  /** Completes a new object: defaults that depend on other fields, what clients may not set. */
  prepareForCreate?(object: T, context: WriteContext): void;
  /** Completes a new object once admission has completed it: what follows from all the rest. */
  prepareAdmitted?(object: T): void;
  /** Completes a changed object: restores what this way of writing may not change. */
  prepareForUpdate?(object: T, old: T, context: WriteContext): void;
  /** Faults of an object, new or changed. */
  validate?(object: T): FieldError[];
  /** Faults that only a new object can have. */
  validateCreate?(object: T): FieldError[];
  /** Faults of a change. */
  validateUpdate?(object: T, old: T): FieldError[];
  /** As the two above, for the status subresource. */
  prepareForStatusUpdate?(object: T, old: T, context: WriteContext, now: Date): void;
  /** Faults of a status that someone reports. */
  validateStatusUpdate?(object: T, old: T): FieldError[];
  /** Words about an object, new or changed, that is accepted and yet remarkable; they go to the client. */
  warnings?(object: T, old?: T): string[];
  /** Seconds that a deletion waits for something to end gracefully; undefined or 0 does not wait. */
  gracePeriod?(object: T, asked: number | undefined): number;
  /** Called when a deletion begins that has to wait. */
  beginDeletion?(object: T): void;
  /** Whether an object that is being deleted may now go, finalizers apart. */
  mayRemove?(object: T): boolean;
}
