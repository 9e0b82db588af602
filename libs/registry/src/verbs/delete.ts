import { conflict, formatTime, notFound } from '@hawser/api';
import type { AnyObject } from '../any-object.ts';
import type { Entry } from '../cache/kind-cache.ts';
import { commitObject, commitRemoval } from '../commit-object.ts';
import type { Resource } from '../resource.ts';
import type { Strategy } from '../strategy.ts';
import type { WriteContext } from '../write-context.ts';

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: string;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export interface Deletion {
  /** The object: its last state when it is gone, otherwise the state in which it waits. */
  readonly entry: Entry;
  readonly removed: boolean;
}

/** Finalizers by which a deletion waits for the garbage collector. */
const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';
/** What less than no grace is taken for. */
const LEAST_GRACE_SECONDS = 1;

/**
 * Deletes an object, or begins to: with finalizers, or while it ends gracefully, it stays with a
 * deletionTimestamp.
 * @throws ApiError NotFound, Conflict on preconditions, or what admission refuses with.
 */
export async function deleteObject(
  resource: Resource,
  namespace: string,
  name: string,
  options: DeleteOptions,
  context: WriteContext,
): Promise<Deletion> {
  const { kind, cache, admission } = resource;
  // Tried anew where another writer was faster: a precondition on the version then no longer holds.
  for (;;) {
    const current = cache.entry(namespace, name);
    if (current === undefined) throw notFound(kind, name);
    checkPreconditions(resource, current.object, options.preconditions);
    const attributes = {
      operation: 'DELETE' as const,
      kind,
      subresource: '',
      namespace,
      name,
      object: undefined,
      oldObject: current.object,
      context,
    };
    await admission.admit(attributes);
    await admission.validate(attributes);
    const deletion = await attemptDeletion(resource, current, options, context);
    if (deletion !== undefined) return deletion;
  }
}

/** @throws ApiError Conflict where an object is not the one, or not in the version, that was meant. */
export function checkPreconditions(
  { kind }: Resource,
  object: AnyObject,
  { uid, resourceVersion }: NonNullable<DeleteOptions['preconditions']> = {},
): void {
  const revision = object.metadata.resourceVersion;
  const refuse = (what: string, given: string, found: string) =>
    conflict(
      kind,
      object.metadata.name,
      `the ${what} in the precondition (${given}) does not match the ${what} in record (${found}). The object might have been ${what === 'UID' ? 'deleted and then recreated' : 'modified'}`,
    );
  if (uid !== undefined && uid !== object.metadata.uid) throw refuse('UID', uid, object.metadata.uid ?? '');
  if (resourceVersion !== undefined && resourceVersion !== revision)
    throw refuse('ResourceVersion', resourceVersion, revision ?? '');
}

/** @returns undefined when another writer was faster. */
async function attemptDeletion(
  resource: Resource,
  current: Entry,
  options: DeleteOptions,
  context: WriteContext,
): Promise<Deletion | undefined> {
  const waiting = waitingState(resource, current.object, options);
  if (waiting === undefined) {
    if (!(await commitRemoval(resource, current, context))) return undefined;
    return { entry: current, removed: true };
  }
  if (waiting === 'unchanged') return { entry: current, removed: false };
  const result = await commitObject(resource, waiting, current.revision, context);
  return 'entry' in result ? { entry: result.entry, removed: false } : undefined;
}

/** The state in which the object waits for its end; undefined when it can go at once. */
function waitingState(
  { clock, strategy }: Resource,
  current: AnyObject,
  options: DeleteOptions,
): AnyObject | 'unchanged' | undefined {
  const graceSeconds = graceOf(strategy, current, options);
  const finalizers = finalizersFor(current, strategy, options.propagationPolicy);
  const { deletionTimestamp, deletionGracePeriodSeconds: standing = 0 } = current.metadata;
  const mayRemove = strategy.mayRemove?.(current) ?? true;
  if (finalizers.length === 0 && graceSeconds === 0 && mayRemove) return undefined;
  const begins = deletionTimestamp === undefined;
  const sameFinalizers = finalizers.join() === (current.metadata.finalizers ?? []).join();
  if (!begins && graceSeconds === standing && sameFinalizers) return 'unchanged';
  const object = structuredClone(current);
  if (finalizers.length > 0) object.metadata.finalizers = finalizers;
  else delete object.metadata.finalizers;
  // A grace that is cut short counts from when the deletion began.
  const began = begins ? clock.now().getTime() : Date.parse(deletionTimestamp) - standing * 1000;
  object.metadata.deletionTimestamp = formatTime(new Date(began + graceSeconds * 1000));
  object.metadata.deletionGracePeriodSeconds = graceSeconds;
  if (begins && object.metadata.generation !== undefined) object.metadata.generation += 1;
  strategy.beginDeletion?.(object);
  return object;
}

/** Once a deletion has begun its grace can be cut short, never prolonged (apiserver/pkg/registry/rest, BeforeDelete). */
function graceOf(strategy: Strategy, current: AnyObject, { gracePeriodSeconds }: DeleteOptions): number {
  const asked =
    gracePeriodSeconds !== undefined && gracePeriodSeconds < 0 ? LEAST_GRACE_SECONDS : gracePeriodSeconds;
  const { deletionTimestamp, deletionGracePeriodSeconds: standing = 0 } = current.metadata;
  if (deletionTimestamp !== undefined) return Math.min(standing, asked ?? standing);
  const grace = strategy.gracePeriod?.(current, asked) ?? 0;
  return grace < 0 ? LEAST_GRACE_SECONDS : grace;
}

/** What is asked for; else what an earlier deletion asked for; else what the kind's users are accustomed to. */
function finalizersFor({ metadata }: AnyObject, strategy: Strategy, asked: string | undefined): string[] {
  const { finalizers = [] } = metadata;
  if (strategy.ownsNothing) return finalizers;
  const others = finalizers.filter((finalizer) => finalizer !== FOREGROUND && finalizer !== ORPHAN);
  if (asked === undefined && others.length < finalizers.length) return finalizers;
  const policy = asked ?? strategy.defaultPropagation;
  if (policy === 'Foreground') return [...others, FOREGROUND];
  return policy === 'Orphan' ? [...others, ORPHAN] : others;
}
