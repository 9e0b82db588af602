import { isDeepStrictEqual } from 'node:util';
import {
  ApiError,
  applyDefaults,
  badRequest,
  conflict,
  type FieldError,
  forbiddenField,
  invalid,
  invalidValue,
  notFound,
  OPTIMISTIC_LOCK_MESSAGE,
} from '@hawser/api';
import type { AnyObject } from '../any-object.ts';
import type { Entry } from '../cache/kind-cache.ts';
import { commitObject, commitRemoval, entryOf } from '../commit-object.ts';
import { isUnchanged } from '../managed-fields/is-unchanged.ts';
import { trackChangedFields } from '../managed-fields/track-changes.ts';
import type { Resource } from '../resource.ts';
import { validateMetadata } from '../validation/validate-metadata.ts';
import { validateSchema } from '../validation/validate-schema.ts';
import type { WriteContext } from '../write-context.ts';
import { createObject } from './create.ts';

export interface UpdateRequest {
  readonly namespace: string;
  readonly name: string;
  /** `status` and the like; empty for the object itself. */
  readonly subresource: string;
  /**
   * Gives the wanted state, from the current one. Called again with a newer one when another writer was faster
   * and the wanted state names no resourceVersion.
   */
  readonly change: (current: AnyObject) => AnyObject | Promise<AnyObject>;
  /**
   * Given for a PUT, which creates what does not exist on kinds that allow it: refuses, by throwing, who may
   * only update.
   */
  readonly mayCreate?: () => void;
  /** Creates what does not exist on every kind, for those who may: server-side apply. */
  readonly createsMissing?: true;
}

/**
 * Changes an object, completed, admitted and validated. A change that changes nothing writes nothing. Where
 * another writer is faster it is tried anew, on what that one wrote, unless the change names its version.
 * @returns the entry, and whether it was created.
 * @throws ApiError NotFound, Conflict, Invalid, BadRequest, or what admission refuses with.
 */
export async function updateObject(
  resource: Resource,
  request: UpdateRequest,
  context: WriteContext,
): Promise<{ entry: Entry; created: boolean }> {
  const { kind, cache, strategy } = resource;
  const { namespace, name } = request;
  for (;;) {
    const current = cache.entry(namespace, name);
    if (current === undefined) {
      if (request.mayCreate === undefined || !(strategy.allowCreateOnUpdate || request.createsMissing))
        throw notFound(kind, name);
      request.mayCreate();
      const created = await createMissing(resource, request, context);
      if (created !== undefined) return { entry: created, created: true };
      continue;
    }
    const object = await request.change(structuredClone(current.object));
    const { resourceVersion = '' } = object.metadata;
    if (resourceVersion !== '' && resourceVersion !== String(current.revision))
      throw conflict(kind, name, OPTIMISTIC_LOCK_MESSAGE);
    if (resourceVersion === '' && strategy.needsVersionOnUpdate) throw versionMissing(resource, name);
    const written = await write(resource, request, current, object, context);
    if (written !== undefined) return { entry: written, created: false };
  }
}

/** Upstream names the resource where else it names the kind. */
function versionMissing({ kind }: Resource, name: string): ApiError {
  const fault = invalidValue('metadata.resourceVersion', 0, 'must be specified for an update');
  return invalid({ group: kind.group, kind: kind.plural }, name, [fault]);
}

/** @returns undefined where another writer was faster, and what that one made is to be changed instead. */
async function createMissing(
  resource: Resource,
  request: UpdateRequest,
  context: WriteContext,
): Promise<Entry | undefined> {
  const { kind } = resource;
  const { name, namespace } = request;
  const empty: AnyObject = {
    kind: kind.kind,
    apiVersion: kind.apiVersion,
    metadata: { name, ...(kind.namespaced ? { namespace } : {}) },
  };
  const object = await request.change(empty);
  object.metadata.name ||= name;
  checkIdentity(resource, empty, object);
  delete object.metadata.resourceVersion;
  delete object.metadata.uid;
  try {
    return await createObject(resource, request.namespace, object, context);
  } catch (error) {
    const isLate = error instanceof ApiError && error.reason === 'AlreadyExists';
    if (isLate && request.createsMissing) return undefined;
    throw error;
  }
}

/** @returns undefined when another writer was faster. */
async function write(
  resource: Resource,
  { namespace, name, subresource }: UpdateRequest,
  current: Entry,
  object: AnyObject,
  context: WriteContext,
): Promise<Entry | undefined> {
  const { kind, admission } = resource;
  const old = current.object;
  checkIdentity(resource, old, object);
  const { managedFields } = object.metadata;
  carryOver(resource, old, object, subresource, context);
  trackChangedFields(resource, { subresource, old, object, given: managedFields }, context);
  const attributes = {
    operation: 'UPDATE' as const,
    kind,
    subresource,
    namespace,
    name,
    object,
    oldObject: old,
    context,
  };
  await admission.admit(attributes);
  using _held = subresource === '' ? resource.begin?.(object, old) : undefined;
  const faults = faultsOf(resource, old, object, subresource);
  if (faults.length > 0) throw invalid(kind, name, faults);
  for (const words of warningsOf(resource, old, object, subresource)) context.warn(words);
  return await admission.commit(attributes, () => commitChange(resource, current, object, context));
}

/** A change of labels or status says nothing new of what was remarked before. */
function warningsOf(
  { strategy }: Resource,
  old: AnyObject,
  object: AnyObject,
  subresource: string,
): readonly string[] {
  if (subresource !== '' || isDeepStrictEqual(object['spec'], old['spec'])) return [];
  return strategy.warnings?.(object, old) ?? [];
}

/** @returns undefined when another writer was faster. */
async function commitChange(
  resource: Resource,
  current: Entry,
  object: AnyObject,
  context: WriteContext,
): Promise<Entry | undefined> {
  if (isComplete(resource, object)) {
    const removed = await commitRemoval(resource, current, context);
    // What it was changed to last is the answer, although nothing keeps it.
    return removed ? entryOf(resource.kind, object, current.revision) : undefined;
  }
  // What stands under an old key is written anew though nothing changed: so secrets are re-encrypted upstream, too.
  const stale = resource.cacher.isStale(resource.kind, current);
  if (!stale && isUnchanged(object, current.object)) return current;
  const result = await commitObject(resource, object, current.revision, context);
  return 'entry' in result ? result.entry : undefined;
}

/** The name, the namespace and, where given, the UID must be those of the stored object. */
function checkIdentity({ kind }: Resource, old: AnyObject, object: AnyObject): void {
  const { metadata } = object;
  if (metadata.name !== undefined && metadata.name !== '' && metadata.name !== old.metadata.name)
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${old.metadata.name})`,
    );
  if (metadata.namespace && metadata.namespace !== old.metadata.namespace)
    throw badRequest(
      `the namespace of the object (${metadata.namespace}) does not match the namespace on the request (${old.metadata.namespace})`,
    );
  if (metadata.uid && old.metadata.uid !== undefined && metadata.uid !== old.metadata.uid)
    throw new ApiError(
      'Conflict',
      `Operation cannot be fulfilled on ${kind.plural} "${old.metadata.name}": StorageError: invalid object, Code: 4, Key: , ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${old.metadata.uid}`,
    );
}

/** What an update cannot change is taken from the stored object; the strategy does the rest. */
function carryOver(
  { kind, strategy, clock }: Resource,
  old: AnyObject,
  object: AnyObject,
  subresource: string,
  context: WriteContext,
): void {
  const { metadata } = object;
  for (const field of [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generation',
    'resourceVersion',
  ] as const)
    restore(metadata, old.metadata, field);
  delete metadata.selfLink;
  if (subresource === 'status') {
    for (const field of Object.keys(kind.schema.fields as object))
      if (field !== 'status' && field !== 'metadata') restore(object, old, field);
    object.metadata = {
      ...structuredClone(old.metadata),
      labels: metadata.labels,
      annotations: metadata.annotations,
    };
    if (metadata.labels === undefined) delete object.metadata.labels;
    if (metadata.annotations === undefined) delete object.metadata.annotations;
    strategy.prepareForStatusUpdate?.(object, old, context, clock.now());
    return;
  }
  // A scale changes the desired state; any other subresource what it is for by its own code, and nothing else.
  if (subresource !== '' && subresource !== 'scale') return;
  if (kind.subresources['status'] !== undefined) restore(object, old, 'status');
  applyDefaults(kind.schema, object);
  strategy.prepareForUpdate?.(object, old, context);
  if (metadata.generation !== undefined && !isDeepStrictEqual(object['spec'], old['spec']))
    metadata.generation += 1;
}

function restore<T extends object>(object: T, old: T, field: keyof T): void {
  if (old[field] === undefined) delete object[field];
  else object[field] = old[field];
}

function faultsOf(
  { kind, strategy }: Resource,
  old: AnyObject,
  object: AnyObject,
  subresource: string,
): FieldError[] {
  const faults = validateMetadata(kind, object, strategy.validateName);
  if (old.metadata.deletionTimestamp !== undefined) {
    const standing = new Set(old.metadata.finalizers);
    const added = object.metadata.finalizers?.filter((finalizer) => !standing.has(finalizer)) ?? [];
    if (added.length > 0)
      faults.push(
        forbiddenField(
          'metadata.finalizers',
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${listOf(added)}}`,
        ),
      );
  }
  if (subresource === 'status') return [...faults, ...(strategy.validateStatusUpdate?.(object, old) ?? [])];
  if (subresource !== '' && subresource !== 'scale') return faults;
  return [
    ...faults,
    ...validateSchema(kind.schema, object),
    ...(strategy.validate?.(object) ?? []),
    ...(strategy.validateUpdate?.(object, old) ?? []),
  ];
}

/** As Go prints the items of a list of strings. */
function listOf(texts: readonly string[]): string {
  return [...texts]
    .sort()
    .map((text) => JSON.stringify(text))
    .join(', ');
}

/** An object that is being deleted goes with its last finalizer, once its strategy sees no other reason to stay. */
function isComplete({ strategy }: Resource, object: AnyObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  if (deletionTimestamp === undefined || finalizers.length > 0 || deletionGracePeriodSeconds > 0)
    return false;
  return strategy.mayRemove?.(object) ?? true;
}
