import {
  ApiError,
  badRequest,
  type Eviction,
  evictions,
  formatTime,
  notFound,
  type Pod,
  podDisruptionBudgets,
  pods,
} from '@hawser/api';
import {
  type AnyObject,
  checkPreconditions,
  type DeleteOptions,
  deleteObject,
  type Entry,
  updateObject,
  type WriteContext,
} from '@hawser/registry';
import { ownWrite } from '../bootstrap/own-write.ts';
import type { Hub } from '../hub.ts';
import { type Answer, jsonOf } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { checkedDeleteOptions } from '../resources/delete.ts';
import { readObject } from '../resources/read-object.ts';
import { writeContextOf } from '../resources/write-context.ts';
import { budgetsOf, needsNoBudget, stillProcessed, takeDisruption } from './disruption-budget.ts';

/** One eviction under way. */
interface Evicting {
  readonly hub: Hub;
  readonly namespace: string;
  readonly name: string;
  readonly options: DeleteOptions;
  readonly write: WriteContext;
}

const DISRUPTION_TARGET = 'DisruptionTarget';
/** How often a pod is looked at anew that changes under the eviction, as upstream. */
const ATTEMPTS = 20;

/**
 * POST pods/NAME/eviction: deletes a pod where its disruption budget allows
 * (kubernetes/pkg/registry/core/pod/storage/eviction.go).
 */
export async function handlePodEviction(hub: Hub, context: RequestContext): Promise<Answer> {
  const evicting = await readEviction(hub, context);
  await evict(evicting);
  return jsonOf(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}

async function evict(evicting: Evicting): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const entry = podOf(evicting);
    const pod = entry.object as unknown as Pod;
    if (!isBeyondBudgets(pod)) return evictWithinBudget(evicting, entry);
    // A pod that is pending may begin to run meanwhile, and count; one that has ended will not.
    const mayCome = pod.status?.phase === 'Pending' && pod.metadata.deletionTimestamp === undefined;
    const raced = await remove(evicting, mayCome ? entry : undefined);
    if (raced === undefined) return;
    if (attempt === ATTEMPTS) throw raced;
  }
}

async function readEviction(hub: Hub, context: RequestContext): Promise<Evicting> {
  const { namespace, name } = context.info;
  const object = await readObject(context, evictions);
  const { metadata, deleteOptions = {} } = object as unknown as Eviction;
  if (metadata.namespace && metadata.namespace !== namespace)
    throw badRequest(
      `the namespace of the provided object does not match the namespace sent on the request (${metadata.namespace} != ${namespace})`,
    );
  if (metadata.name !== name) throw badRequest('name in URL does not match name in Eviction object');
  const { dryRun = [], ...options } = deleteOptions;
  const write = writeContextOf(context);
  if (dryRun.some((value) => value !== 'All'))
    throw badRequest(`dryRun: Unsupported value: ${JSON.stringify(dryRun[0])}: supported values: "All"`);
  const evicting = {
    hub,
    namespace,
    name,
    options: checkedDeleteOptions(options),
    write: { ...write, dryRun: write.dryRun || dryRun.length > 0 },
  };
  await admitEviction(evicting, object);
  return evicting;
}

async function admitEviction({ hub, namespace, name, write }: Evicting, object: AnyObject): Promise<void> {
  const { admission } = hub.resources.of(pods);
  const attributes = {
    operation: 'CREATE' as const,
    kind: pods,
    subresource: 'eviction',
    namespace,
    name,
    object,
    oldObject: undefined,
    context: write,
  };
  await admission.admit(attributes);
  await admission.validate(attributes);
}

function podOf({ hub, namespace, name }: Evicting): Entry {
  const entry = hub.resources.of(pods).cache.entry(namespace, name);
  if (entry === undefined) throw notFound(pods, name);
  return entry;
}

/** What does not run yet, or no longer, is no disruption. */
function isBeyondBudgets({ metadata, status }: Pod): boolean {
  const phase = status?.phase;
  return (
    phase === 'Succeeded' ||
    phase === 'Failed' ||
    phase === 'Pending' ||
    metadata.deletionTimestamp !== undefined
  );
}

async function evictWithinBudget(evicting: Evicting, entry: Entry): Promise<void> {
  const { hub, namespace, name, write } = evicting;
  const pod = entry.object as unknown as Pod;
  const budgets = budgetsOf(hub, pod);
  if (budgets.length > 1)
    throw new ApiError(
      'InternalError',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  const [budget] = budgets;
  if (budget !== undefined && needsNoBudget(pod, budget)) {
    // Should it become ready meanwhile, it counts: the client is to ask again.
    if ((await remove(evicting, entry)) !== undefined) throw stillProcessed(budget);
    return;
  }
  if (budget !== undefined) {
    const change = (current: AnyObject) => takeDisruption(current, name, hub.clock.now());
    const request = { namespace, name: budget.metadata.name, subresource: 'status', change };
    const own = { ...ownWrite, dryRun: write.dryRun };
    await updateObject(hub.resources.of(podDisruptionBudgets), request, own);
  }
  await remove(evicting, undefined);
}

/**
 * Marks the pod as disrupted and deletes it.
 * @param unchanged given where it must be as it was looked at.
 * @returns the conflict where it is not.
 */
async function remove(evicting: Evicting, unchanged: Entry | undefined): Promise<ApiError | undefined> {
  const { hub, namespace, name, options, write } = evicting;
  const asked = options.preconditions?.resourceVersion;
  const version = asked ?? (unchanged === undefined ? undefined : String(unchanged.revision));
  const preconditions = {
    ...options.preconditions,
    ...(version === undefined ? {} : { resourceVersion: version }),
  };
  try {
    if (!write.dryRun) {
      const marked = await markDisrupted(evicting, preconditions);
      if (version !== undefined) preconditions.resourceVersion = String(marked.revision);
    }
    await deleteObject(hub.resources.of(pods), namespace, name, { ...options, preconditions }, write);
  } catch (error) {
    const isRace = error instanceof ApiError && error.reason === 'Conflict' && asked === undefined;
    if (isRace && unchanged !== undefined) return error;
    throw error;
  }
  return undefined;
}

/** Why the pod goes stands in its status, for those who make pods anew. */
async function markDisrupted(
  { hub, namespace, name }: Evicting,
  preconditions: NonNullable<DeleteOptions['preconditions']>,
): Promise<Entry> {
  const resource = hub.resources.of(pods);
  const change = (current: AnyObject) => {
    checkPreconditions(resource, current, preconditions);
    return withDisruptionTarget(current as unknown as Pod, hub.clock.now()) as unknown as AnyObject;
  };
  const { entry } = await updateObject(
    resource,
    { namespace, name, subresource: 'status', change },
    ownWrite,
  );
  return entry;
}

function withDisruptionTarget(pod: Pod, now: Date): Pod {
  const conditions = pod.status?.conditions ?? [];
  const before = conditions.find(({ type }) => type === DISRUPTION_TARGET);
  const condition = {
    type: DISRUPTION_TARGET,
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastTransitionTime: before?.status === 'True' ? before.lastTransitionTime : formatTime(now),
  };
  const others = conditions.filter((one) => one !== before);
  return { ...pod, status: { ...pod.status, conditions: [...others, condition] } };
}
