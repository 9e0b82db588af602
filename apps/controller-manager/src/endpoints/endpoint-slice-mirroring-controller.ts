import { isDeepStrictEqual } from 'node:util';
import { type EndpointSlice, type Endpoints, endpointSlices, endpoints, services } from '@hawser/api';
import { keyOf } from '@hawser/client';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { StaleCacheError } from '../framework/expected-errors.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { ExpectedSlices } from './expected-slices.ts';
import { isMirrored, mirrorAnnotations, mirroredGroups, mirrorLabels } from './mirrored-groups.ts';
import { planSlices, type SlicePlan } from './plan-slices.ts';
import { byOwner, controllerReference, MANAGED_BY, serviceKeyOf } from './slice-metadata.ts';
import { writeSlices } from './slice-writer.ts';
import { TRIGGER_TIME } from './trigger-times.ts';

const MANAGER = 'endpointslicemirroring-controller.k8s.io';

export interface MirroringOptions {
  readonly maxEndpointsPerSubset: number;
  readonly concurrency: number;
}

/** Keeps EndpointSlices of the Endpoints objects that people write (`pkg/controller/endpointslicemirroring`). */
export function createEndpointSliceMirroringController(
  context: ControllerContext,
  { maxEndpointsPerSubset, concurrency }: MirroringOptions,
): Controller {
  const { informers, clock } = context;
  const serviceCache = informers.get(services);
  const endpointsCache = informers.get(endpoints);
  const sliceCache = informers.get(endpointSlices);
  sliceCache.addIndex(MANAGER, keysOfOurs);
  const expected = new ExpectedSlices(clock);

  const sync = async (key: string, signal: AbortSignal) => {
    const object = endpointsCache.get(key);
    const existing = sliceCache.index(MANAGER, key);
    if (!expected.isMetBy(key, existing)) throw new StaleCacheError();
    if (isMirrored(object, serviceCache.get(key))) await mirror(key, object, existing, signal);
    else await removeAll(key, existing, signal);
  };

  const mirror = async (
    key: string,
    object: Endpoints,
    existing: readonly EndpointSlice[],
    signal: AbortSignal,
  ) => {
    const labels = mirrorLabels(object, MANAGER);
    const annotations = mirrorAnnotations(object);
    const wanted = mirroredGroups(object, maxEndpointsPerSubset);
    const { own, foreign } = byOwner(existing, object);
    const plan = planSlices({
      existing: own,
      wanted,
      labels,
      maxEndpoints: maxEndpointsPerSubset,
      placeholders: [],
    });
    const template = {
      key,
      namespace: object.metadata.namespace!,
      prefix: object.metadata.name,
      labels,
      annotations,
      owner: controllerReference(object),
      triggerTime: object.metadata.annotations?.[TRIGGER_TIME],
    };
    const annotated = withAnnotations(plan, own, annotations);
    const whole = { ...annotated, remove: [...annotated.remove, ...foreign] };
    await writeSlices(context, whole, template, expected, signal);
  };

  const removeAll = async (key: string, existing: readonly EndpointSlice[], signal: AbortSignal) => {
    const [namespace = ''] = key.split('/');
    const template = { key, namespace, prefix: '', labels: {}, owner: NOBODY, triggerTime: undefined };
    await writeSlices(context, { create: [], update: [], remove: existing }, template, expected, signal);
    expected.forget(key);
  };

  return new Reconciler(context, { name: 'endpointslice-mirroring-controller', sync, concurrency })
    .follow(endpointsCache)
    .follow(serviceCache)
    .onDelete(sliceCache, (slice) => {
      const keys = keysOfOurs(slice);
      for (const key of keys) expected.gone(key, slice);
      return keys;
    })
    .follow(sliceCache, keysOfOurs);
}

const NOBODY = controllerReference({ apiVersion: '', kind: '', metadata: { name: '' } });

/** Slices whose annotations alone differ are written too. */
function withAnnotations(
  plan: SlicePlan,
  existing: readonly EndpointSlice[],
  annotations: Readonly<Record<string, string>>,
): SlicePlan {
  const touched = new Set([...plan.update, ...plan.remove].map(keyOf));
  const stale = existing.filter((slice) => {
    const { [TRIGGER_TIME]: _, ...own } = slice.metadata.annotations ?? {};
    return !touched.has(keyOf(slice)) && !isDeepStrictEqual(own, annotations);
  });
  return { ...plan, update: [...plan.update, ...stale] };
}

function keysOfOurs(slice: EndpointSlice): string[] {
  const key = serviceKeyOf(slice);
  return slice.metadata.labels?.[MANAGED_BY] === MANAGER && key !== undefined ? [key] : [];
}
