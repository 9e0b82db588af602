import { isDeepStrictEqual } from 'node:util';
import { type Endpoints, endpoints, pods, type Service, services } from '@hawser/api';
import { isConflict, isNamespaceTerminating, keyOf, type NewObject } from '@hawser/client';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound } from '../framework/expected-errors.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { repackSubsets } from './repack-subsets.ts';
import { hasSelector, ServicePods } from './service-pods.ts';
import { HEADLESS, isOfLeaders } from './slice-metadata.ts';
import { TRIGGER_TIME, TriggerTimes, withTriggerTime } from './trigger-times.ts';
import { truncateSubsets, wantedSubsets } from './wanted-endpoints.ts';

const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const MANAGER = 'endpoint-controller';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';

type Wanted = Pick<Endpoints, 'metadata' | 'subsets'>;

/** Keeps an Endpoints object of the pods that each Service selects (`pkg/controller/endpoint`). */
export function createEndpointsController(context: ControllerContext, concurrency: number): Controller {
  const { client, informers, recorder } = context;
  const serviceCache = informers.get(services);
  const podCache = informers.get(pods);
  const cache = informers.get(endpoints);
  const servicePods = new ServicePods(serviceCache, podCache);
  const triggerTimes = new TriggerTimes();

  const sync = async (key: string, signal: AbortSignal) => {
    const service = serviceCache.get(key);
    const current = cache.get(key);
    if (service === undefined) {
      triggerTimes.forget(key);
      const [namespace, name] = key.split('/') as [string, string];
      // Made by us or by others: what belongs to a Service goes with it.
      const uid = current?.metadata.uid;
      if (current) await client.delete(endpoints, name, { namespace, uid, signal }).catch(ignoreNotFound);
      return;
    }
    if (!hasSelector(service)) return;
    const selected = servicePods.podsOf(service);
    const wanted = wantedEndpoints(service, wantedSubsets(service, selected), current);
    const triggerTime = triggerTimes.next(key, service, selected);
    if (current && isCurrent(current, wanted)) return;
    const { annotations, ...metadata } = wanted.metadata;
    const object = {
      ...current,
      ...wanted,
      metadata: { ...metadata, ...withTriggerTime(annotations, triggerTime) },
    };
    await write(service, object, current, signal);
  };

  const write = async (
    service: Service,
    object: NewObject<Endpoints>,
    current: Endpoints | undefined,
    signal: AbortSignal,
  ) => {
    try {
      if (current) await client.update(endpoints, object as Endpoints, { signal });
      else await client.create(endpoints, object, { signal });
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      if (!isConflict(error) && !signal.aborted)
        recorder.event(
          service,
          'Warning',
          current ? 'FailedToUpdateEndpoint' : 'FailedToCreateEndpoint',
          `Failed to ${current ? 'update' : 'create'} endpoint ${keyOf(service)}: ${(error as Error).message}`,
        );
      throw error;
    }
  };

  return (
    new Reconciler(context, { name: 'endpoints-controller', sync, concurrency })
      .follow(serviceCache)
      .follow(podCache, (pod) => servicePods.keysOf(pod))
      .onDelete(cache, (object) => [keyOf(object)])
      // What Services have left behind while nobody looked.
      .atStart(cache, (object) => (isOfLeaders(object) ? [] : [keyOf(object)]))
  );
}

/** The object that is to stand in the place of the current one. */
export function wantedEndpoints(
  service: Service,
  all: NonNullable<Endpoints['subsets']>,
  current: Endpoints | undefined,
): Wanted {
  const { subsets, truncated } = truncateSubsets(all);
  const { [HEADLESS]: _, ...labels } = service.metadata.labels ?? {};
  const { [OVER_CAPACITY]: __, ...annotations } = current?.metadata.annotations ?? {};
  return {
    metadata: {
      ...current?.metadata,
      name: service.metadata.name,
      namespace: service.metadata.namespace!,
      labels: {
        ...labels,
        [MANAGED_BY]: MANAGER,
        ...(service.spec?.clusterIP === 'None' ? { [HEADLESS]: '' } : {}),
      },
      annotations: { ...annotations, ...(truncated ? { [OVER_CAPACITY]: 'truncated' } : {}) },
    },
    subsets,
  };
}

/** Whether nothing but the trigger time would change. */
function isCurrent(current: Endpoints, wanted: Wanted): boolean {
  const annotationsOf = ({ metadata }: Wanted) => {
    const { [TRIGGER_TIME]: _, ...annotations } = metadata.annotations ?? {};
    return annotations;
  };
  return (
    isDeepStrictEqual(repackSubsets(current.subsets ?? []), repackSubsets(wanted.subsets ?? [])) &&
    isDeepStrictEqual(current.metadata.labels ?? {}, wanted.metadata.labels) &&
    isDeepStrictEqual(annotationsOf(current), annotationsOf(wanted))
  );
}
