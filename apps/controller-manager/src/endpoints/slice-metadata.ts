import type { EndpointSlice, Endpoints, Service } from '@hawser/api';

export const SERVICE_NAME = 'kubernetes.io/service-name';
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
export const HEADLESS = 'service.kubernetes.io/headless';
export const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror';

/** The Service that a slice belongs to, as a key; undefined where it does not say. */
export function serviceKeyOf({ metadata }: EndpointSlice): string | undefined {
  const name = metadata.labels?.[SERVICE_NAME];
  return name === undefined ? undefined : `${metadata.namespace}/${name}`;
}

/** The labels of a Service's slices: its own, and what says whose they are. */
export function sliceLabels(service: Service, managedBy: string): Record<string, string> {
  const { [HEADLESS]: _, ...labels } = service.metadata.labels ?? {};
  return {
    ...labels,
    [SERVICE_NAME]: service.metadata.name,
    [MANAGED_BY]: managedBy,
    ...(service.spec?.clusterIP === 'None' ? { [HEADLESS]: '' } : {}),
  };
}

/** Objects that go with the one that they are made for. */
export function controllerReference(owner: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly uid?: string };
}) {
  const { apiVersion, kind, metadata } = owner;
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Marks Endpoints objects by which leaders were elected once: they have no addresses. */
const LEADER = 'control-plane.alpha.kubernetes.io/leader';

/** Whether an Endpoints object is no Service's. */
export function isOfLeaders({ metadata }: Endpoints): boolean {
  return Object.hasOwn(metadata.annotations ?? {}, LEADER);
}

/**
 * Parts slices into those that are an object's own, and those of one before it of the same name: they go with that
 * one, whatever they hold.
 */
export function byOwner(
  slices: readonly EndpointSlice[],
  { metadata }: { readonly metadata: { readonly uid?: string } },
): { own: EndpointSlice[]; foreign: EndpointSlice[] } {
  const { own = [], foreign = [] } = Object.groupBy(slices, (slice) =>
    slice.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid) ? 'own' : 'foreign',
  );
  return { own, foreign };
}
