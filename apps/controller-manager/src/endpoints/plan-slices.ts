import { isDeepStrictEqual } from 'node:util';
import type { Endpoint, EndpointSlice } from '@hawser/api';
import { type EndpointGroup, groupKey } from './wanted-slices.ts';

/** What is to be done to a Service's slices. */
export interface SlicePlan {
  readonly create: readonly EndpointGroup[];
  /** The slices to be written, with their new endpoints and labels. */
  readonly update: readonly EndpointSlice[];
  readonly remove: readonly EndpointSlice[];
}

export interface SliceState {
  readonly existing: readonly EndpointSlice[];
  readonly wanted: readonly EndpointGroup[];
  /** The labels that every slice is to have. */
  readonly labels: Readonly<Record<string, string>>;
  readonly maxEndpoints: number;
  /** Address types of which at least one slice is to stand, be it empty. */
  readonly placeholders: readonly string[];
}

/** A slice on its way to its new content. */
interface Draft {
  readonly slice: EndpointSlice;
  readonly endpoints: Endpoint[];
  changed: boolean;
}

/**
 * Brings slices to what they are to hold with few writes (k8s.io/endpointslice `reconcileByPortMapping`): what is
 * right stays where it is; new endpoints go to slices that are written anyway, then to one that has room for all
 * of them, then to new ones; what is empty goes.
 */
export function planSlices({ existing, wanted, labels, maxEndpoints, placeholders }: SliceState): SlicePlan {
  const groups = new Map(wanted.map((group) => [groupKey(group), group]));
  const slicesOf = Map.groupBy(existing, groupKey);
  const create: EndpointGroup[] = [];
  const kept: Draft[] = [];
  const remove = existing.filter((slice) => !groups.has(groupKey(slice)));
  for (const [key, group] of groups) {
    const { drafts, missing } = match(slicesOf.get(key) ?? [], group);
    for (const draft of drafts)
      draft.changed ||= !isDeepStrictEqual(draft.slice.metadata.labels ?? {}, labels);
    const left = fill(drafts, missing, maxEndpoints);
    for (let i = 0; i < left.length; i += maxEndpoints)
      create.push({ ...group, endpoints: left.slice(i, i + maxEndpoints) });
    for (const draft of drafts) {
      if (draft.endpoints.length > 0) kept.push(draft);
      else remove.push(draft.slice);
    }
  }
  for (const addressType of placeholders) {
    const stands = [...create, ...kept.map(({ slice }) => slice)].some(
      (one) => one.addressType === addressType,
    );
    if (!stands) keepPlaceholder(addressType, labels, remove, kept, create);
  }
  const update = kept
    .filter(({ changed }) => changed)
    .map(({ slice, endpoints }) => ({
      ...slice,
      endpoints,
      metadata: { ...slice.metadata, labels: { ...labels } },
    }));
  return { create, update, remove };
}

/** Finds the wanted endpoints in slices that exist; what they hold beside these is dropped. */
function match(slices: readonly EndpointSlice[], group: EndpointGroup) {
  const missing = new Map(group.endpoints.map((endpoint) => [identityOf(endpoint), endpoint]));
  const drafts = slices.map((slice): Draft => {
    const draft: Draft = { slice, endpoints: [], changed: false };
    for (const endpoint of slice.endpoints ?? []) {
      const identity = identityOf(endpoint);
      const found = missing.get(identity);
      if (found !== undefined) draft.endpoints.push(found);
      draft.changed ||= found === undefined || !isDeepStrictEqual(found, endpoint);
      missing.delete(identity);
    }
    return draft;
  });
  return { drafts, missing: [...missing.values()] };
}

/** @returns the endpoints for which there is no room. */
function fill(drafts: readonly Draft[], missing: Endpoint[], maxEndpoints: number): Endpoint[] {
  const left = [...missing];
  const take = (draft: Draft) => {
    const taken = left.splice(0, Math.max(0, maxEndpoints - draft.endpoints.length));
    draft.endpoints.push(...taken);
    draft.changed ||= taken.length > 0;
  };
  for (const draft of drafts) if (draft.changed) take(draft);
  const room = drafts
    .filter(({ endpoints }) => endpoints.length + (left.length % maxEndpoints) <= maxEndpoints)
    .toSorted((a, b) => b.endpoints.length - a.endpoints.length)[0];
  if (left.length % maxEndpoints === 0 || room === undefined) return left;
  // The full ones are made new; what remains fits beside what is there.
  const rest = left.splice(left.length - (left.length % maxEndpoints));
  room.endpoints.push(...rest);
  room.changed = true;
  return left;
}

/** An empty slice says that the Service is known and has no endpoints. */
function keepPlaceholder(
  addressType: string,
  labels: Readonly<Record<string, string>>,
  remove: EndpointSlice[],
  kept: Draft[],
  create: EndpointGroup[],
): void {
  const index = remove.findIndex(
    (slice) => slice.addressType === addressType && (slice.ports ?? []).length === 0,
  );
  if (index === -1) {
    create.push({ addressType, ports: [], endpoints: [] });
    return;
  }
  const [slice] = remove.splice(index, 1) as [EndpointSlice];
  const changed =
    (slice.endpoints ?? []).length > 0 || !isDeepStrictEqual(slice.metadata.labels ?? {}, labels);
  kept.push({ slice, endpoints: [], changed });
}

/** What makes two endpoints the same one in different states. */
function identityOf({ addresses, hostname, targetRef }: Endpoint): string {
  return JSON.stringify([addresses, hostname ?? '', targetRef?.namespace ?? '', targetRef?.name ?? '']);
}
