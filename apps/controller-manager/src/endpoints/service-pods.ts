import { isIPv4 } from 'node:net';
import type { Pod, pods, Service, services } from '@hawser/api';
import type { Informer } from '@hawser/client';
import { hasEnded } from '../pod-gc/collectable-pods.ts';

export type AddressFamily = 'IPv4' | 'IPv6';

/** Whether a Service's endpoints are made from pods; without a selector others make them. */
export function hasSelector({ spec }: Service): boolean {
  return spec?.selector !== undefined && spec.type !== 'ExternalName';
}

/** Stands on pods that a node made, to show what it runs by itself. */
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

/**
 * Whether a Service selects a pod. An empty selector, unlike an absent one, selects all. No Service selects what a node
 * made: whoever has a node's key could draw the traffic of any Service to it (upstream lets them).
 */
export function selects({ spec, metadata }: Service, pod: Pod): boolean {
  const { labels = {}, annotations = {} } = pod.metadata;
  if (Object.hasOwn(annotations, MIRROR_ANNOTATION)) return false;
  if (spec?.selector === undefined || metadata.namespace !== pod.metadata.namespace) return false;
  return Object.entries(spec.selector).every(
    ([key, value]) => Object.hasOwn(labels, key) && labels[key] === value,
  );
}

export function isReady({ status }: Pod): boolean {
  return readyCondition(status)?.status === 'True';
}

export function readyCondition(status: Pod['status']) {
  return status?.conditions?.find(({ type }) => type === 'Ready');
}

export const isTerminating = ({ metadata }: Pod) => metadata.deletionTimestamp !== undefined;

/** The first address of a family that a pod has; nothing while it has none or once it has ended. */
export function addressOf(pod: Pod, family: AddressFamily): string | undefined {
  if (hasEnded(pod)) return undefined;
  const { podIP, podIPs = [] } = pod.status ?? {};
  const all = podIPs.length > 0 ? podIPs.map(({ ip }) => ip) : [podIP];
  return all.find((ip) => !!ip && isIPv4(ip) === (family === 'IPv4'));
}

/** The name by which DNS finds a pod of a Service that is its subdomain. */
export function hostnameFor({ spec }: Pod, service: Service): string | undefined {
  return spec.hostname && spec.subdomain === service.metadata.name ? spec.hostname : undefined;
}

const BY_NAMESPACE = 'namespace';
const BY_NODE = 'nodeName';
const namespaceOf = ({ metadata }: Pod | Service) => [metadata.namespace ?? ''];

/** Finds the pods of Services and the Services of pods, in caches that are indexed for it. */
export class ServicePods {
  constructor(
    private readonly serviceCache: Informer<typeof services>,
    private readonly podCache: Informer<typeof pods>,
  ) {
    serviceCache.addIndex(BY_NAMESPACE, namespaceOf);
    podCache.addIndex(BY_NAMESPACE, namespaceOf);
    podCache.addIndex(BY_NODE, ({ spec }) => (spec.nodeName ? [spec.nodeName] : []));
  }

  podsOf(service: Service): Pod[] {
    const inNamespace = this.podCache.index(BY_NAMESPACE, service.metadata.namespace ?? '');
    return inNamespace.filter((pod) => selects(service, pod));
  }

  /** The keys of the Services that select a pod. */
  keysOf(pod: Pod): string[] {
    return this.serviceCache
      .index(BY_NAMESPACE, pod.metadata.namespace ?? '')
      .filter((service) => hasSelector(service) && selects(service, pod))
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  }

  /** The keys of the Services that have a pod on a node. */
  keysOnNode(name: string): string[] {
    return this.podCache.index(BY_NODE, name).flatMap((pod) => this.keysOf(pod));
  }
}
