import { randomInt, randomUUID } from 'node:crypto';
import { alreadyExists, applyDefaults, badRequest, fillAbsent, formatTime, invalid } from '@hawser/api';
import type { AdmissionAttributes } from '../admission.ts';
import type { AnyObject } from '../any-object.ts';
import type { Entry } from '../cache/kind-cache.ts';
import { commitObject } from '../commit-object.ts';
import { trackNewFields } from '../managed-fields/track-changes.ts';
import type { Resource } from '../resource.ts';
import { validateMetadata } from '../validation/validate-metadata.ts';
import { validateSchema } from '../validation/validate-schema.ts';
import type { WriteContext } from '../write-context.ts';

/** So often a generated name is tried before giving up, as upstream does since 1.30. */
const GENERATED_NAME_ATTEMPTS = 8;

/**
 * Creates an object, completed, admitted and validated.
 * @param object becomes the registry's: it is completed in place and must not be used after.
 * @throws ApiError AlreadyExists, Invalid, BadRequest, or what admission refuses with.
 */
export async function createObject(
  resource: Resource,
  namespace: string,
  object: AnyObject,
  context: WriteContext,
): Promise<Entry> {
  const { kind } = resource;
  completeMetadata(resource, namespace, object);
  const generated = object.metadata.name === undefined && object.metadata.generateName !== undefined;
  if (generated) object.metadata.name = freshName(resource, namespace, object.metadata.generateName!);
  const attributes = await complete(resource, namespace, object, context);
  using _held = resource.begin?.(object, undefined);
  checkFaults(resource, object);
  for (const words of resource.strategy.warnings?.(object) ?? []) context.warn(words);
  // What takes a share of something on admission takes none for what cannot be made.
  if (isTaken(resource, object)) throw alreadyExists(kind, object.metadata.name);
  const entry = await resource.admission.commit(attributes, async () => {
    const result = await commitObject(resource, object, 0, context);
    return 'entry' in result ? result.entry : undefined;
  });
  if (entry === undefined) throw alreadyExists(kind, object.metadata.name);
  return entry;
}

function isTaken({ cache }: Resource, { metadata: { namespace = '', name } }: AnyObject): boolean {
  return cache.entry(namespace, name) !== undefined;
}

/** Everything between the body and validation: the strategy, defaults, admission. */
async function complete(
  resource: Resource,
  namespace: string,
  object: AnyObject,
  context: WriteContext,
): Promise<AdmissionAttributes> {
  const { kind, strategy, admission } = resource;
  if (kind.subresources['status'] !== undefined && !strategy.keepStatusOnCreate) delete object['status'];
  fillAbsent(kind.schema, object);
  strategy.prepareForCreate?.(object, context);
  applyDefaults(kind.schema, object);
  trackNewFields(resource, object, context);
  const { name } = object.metadata;
  const attributes = {
    operation: 'CREATE' as const,
    kind,
    subresource: '',
    namespace,
    name,
    object,
    oldObject: undefined,
    context,
  };
  await admission.admit(attributes);
  strategy.prepareAdmitted?.(object);
  return attributes;
}

/** @throws ApiError Invalid, by the tables and the strategy. */
function checkFaults({ kind, strategy }: Resource, object: AnyObject): void {
  const faults = [
    ...validateMetadata(kind, object, strategy.validateName),
    ...validateSchema(kind.schema, object),
    ...(strategy.validate?.(object) ?? []),
    ...(strategy.validateCreate?.(object) ?? []),
  ];
  if (faults.length > 0) throw invalid(kind, object.metadata.name ?? '', faults);
}

/** What the server alone says of an object's birth; what the client said of it is dropped. */
function completeMetadata({ kind, strategy, clock }: Resource, namespace: string, object: AnyObject): void {
  const { metadata } = object;
  if (metadata.resourceVersion)
    throw badRequest('resourceVersion should not be set on objects to be created');
  if (kind.namespaced) {
    if (metadata.namespace && metadata.namespace !== namespace)
      throw badRequest(
        `the namespace of the provided object does not match the namespace sent on the request (${metadata.namespace} != ${namespace})`,
      );
    metadata.namespace = namespace;
  }
  if (metadata.name === '') delete (metadata as Partial<typeof metadata>).name;
  metadata.uid = randomUUID();
  metadata.creationTimestamp = formatTime(clock.now());
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  if (strategy.countsGenerations) metadata.generation = 1;
  else delete metadata.generation;
}

/** What follows from a name, such as labels, follows from the one that is kept: it is to be a free one at once. */
function freshName({ cache }: Resource, namespace: string, prefix: string): string {
  let name = generateName(prefix);
  for (let attempt = 1; attempt < GENERATED_NAME_ATTEMPTS && cache.entry(namespace, name); attempt += 1)
    name = generateName(prefix);
  return name;
}

/** Upstream's alphabet without vowels and look-alikes (apiserver/pkg/storage/names, util/rand). */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const MAX_PREFIX = 58;

/** A name that begins as asked for, and has most likely not been given yet. */
export function generateName(prefix: string): string {
  const suffix = Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return prefix.slice(0, MAX_PREFIX) + suffix;
}
