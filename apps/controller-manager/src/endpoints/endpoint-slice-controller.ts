import {
  type EndpointSlice,
  endpointSlices,
  type Node,
  nodes,
  pods,
  type Service,
  services,
} from '@hawser/api';
import { isConflict } from '@hawser/client';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { StaleCacheError } from '../framework/expected-errors.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { ExpectedSlices } from './expected-slices.ts';
import { planSlices } from './plan-slices.ts';
import { hasSelector, ServicePods } from './service-pods.ts';
import { byOwner, controllerReference, MANAGED_BY, serviceKeyOf, sliceLabels } from './slice-metadata.ts';
import { writeSlices } from './slice-writer.ts';
import { TriggerTimes } from './trigger-times.ts';
import { familiesOf, wantedSlices, ZONE } from './wanted-slices.ts';

const MANAGER = 'endpointslice-controller.k8s.io';

export interface EndpointSliceOptions {
  readonly maxEndpointsPerSlice: number;
  readonly concurrency: number;
}

/** Keeps EndpointSlices of the pods that each Service selects (`pkg/controller/endpointslice`). */
export function createEndpointSliceController(
  context: ControllerContext,
  { maxEndpointsPerSlice: maxEndpoints, concurrency }: EndpointSliceOptions,
): Controller {
  const { informers, recorder, clock } = context;
  const serviceCache = informers.get(services);
  const podCache = informers.get(pods);
  const nodeCache = informers.get(nodes);
  const sliceCache = informers.get(endpointSlices);
  sliceCache.addIndex(MANAGER, (slice) => keysOfOurs(slice));
  const servicePods = new ServicePods(serviceCache, podCache);
  const expected = new ExpectedSlices(clock);
  const triggerTimes = new TriggerTimes();

  const sync = async (key: string, signal: AbortSignal) => {
    const service = serviceCache.get(key);
    if (service === undefined) {
      // Its slices go with it, by their owner reference.
      expected.forget(key);
      triggerTimes.forget(key);
      return;
    }
    if (!hasSelector(service)) return;
    const existing = sliceCache.index(MANAGER, key);
    if (!expected.isMetBy(key, existing)) throw new StaleCacheError();
    await reconcile(key, service, existing, signal).catch((error) => {
      if (!isConflict(error) && !signal.aborted)
        recorder.event(
          service,
          'Warning',
          'FailedToUpdateEndpointSlices',
          `Error updating Endpoint Slices for Service ${key}: ${error.message}`,
        );
      throw error;
    });
  };

  const reconcile = async (
    key: string,
    service: Service,
    existing: readonly EndpointSlice[],
    signal: AbortSignal,
  ) => {
    const selected = servicePods.podsOf(service);
    const wanted = wantedSlices(service, selected, (name) => nodeCache.get(name));
    const labels = sliceLabels(service, MANAGER);
    const placeholders = familiesOf(service);
    const { own, foreign } = byOwner(existing, service);
    const plan = planSlices({ existing: own, wanted: wanted.groups, labels, maxEndpoints, placeholders });
    const template = {
      key,
      namespace: service.metadata.namespace!,
      prefix: service.metadata.name,
      labels,
      owner: controllerReference(service),
      triggerTime: triggerTimes.next(key, service, selected),
    };
    const whole = { ...plan, remove: [...plan.remove, ...foreign] };
    await writeSlices(context, whole, template, expected, signal);
    if (wanted.withoutNode.length > 0)
      throw new Error(`the nodes of pods are not known: ${wanted.withoutNode.join(', ')}`);
  };

  return new Reconciler(context, { name: 'endpointslice-controller', sync, concurrency })
    .follow(serviceCache)
    .follow(podCache, (pod) => servicePods.keysOf(pod))
    .follow(nodeCache, nodeChanges(servicePods))
    .onDelete(sliceCache, (slice) => {
      const keys = keysOfOurs(slice);
      for (const key of keys) expected.gone(key, slice);
      return keys;
    })
    .follow(sliceCache, keysOfOurs);
}

/** Of the changes of nodes, which are many, those count that endpoints show: that one is there, and its zone. */
function nodeChanges(servicePods: ServicePods): (node: Node) => string[] {
  const zones = new Map<string, string>();
  return ({ metadata }) => {
    const zone = metadata.labels?.[ZONE] ?? '';
    if (zones.get(metadata.name) === zone) return [];
    zones.set(metadata.name, zone);
    return servicePods.keysOnNode(metadata.name);
  };
}

function keysOfOurs(slice: EndpointSlice): string[] {
  const key = serviceKeyOf(slice);
  return slice.metadata.labels?.[MANAGED_BY] === MANAGER && key !== undefined ? [key] : [];
}
