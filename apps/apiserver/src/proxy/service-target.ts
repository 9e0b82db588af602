import { type EndpointSlice, endpointSlices, notFound, pods, type Service, services } from '@hawser/api';
import { isAllowedAddress } from '@hawser/dial';
import type { Hub } from '../hub.ts';
import type { ProxyName } from './proxy-name.ts';
import { type AddressTarget, asksInsecure } from './proxy-target.ts';
import { serviceUnavailable } from './service-unavailable.ts';

const SERVICE_NAME = 'kubernetes.io/service-name';

interface Place {
  readonly address: string;
  readonly port: number;
  readonly node: string | undefined;
}

/** One of a Service's endpoints that are ready, by chance. @throws ApiError NotFound, ServiceUnavailable */
export function serviceTarget(hub: Hub, namespace: string, { scheme, name, port }: ProxyName): AddressTarget {
  const service = hub.resources.lister(services).get(namespace, name);
  if (service === undefined) throw notFound(services, name);
  const portName = portNameOf(service, port);
  const places = hub.resources
    .lister(endpointSlices)
    .list(namespace)
    .filter(({ metadata }) => metadata.labels?.[SERVICE_NAME] === name)
    .flatMap((slice) => endpointsOf(slice, portName))
    .flatMap((place) => placeOfPod(hub, namespace, place));
  const place = places[Math.floor(Math.random() * places.length)];
  if (place === undefined)
    throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  return {
    scheme,
    ...place,
    serverName: `${name}.${namespace}.svc`,
    insecure: asksInsecure(service),
  };
}

/** A port by its number goes by the name that the Service gives it: the endpoints' number may be another. */
function portNameOf({ metadata, spec }: Service, port: string): string {
  if (!/^-?\d+$/.test(port)) return port;
  const found = spec?.ports?.find((each) => each.port === Number(port));
  if (found === undefined)
    throw serviceUnavailable(
      `no service port ${Number(port)} found for service ${JSON.stringify(metadata.name)}`,
    );
  return found.name ?? '';
}

interface Endpoint extends Omit<Place, 'node'> {
  readonly podName: string | undefined;
  readonly podNamespace: string | undefined;
}

function endpointsOf({ addressType, endpoints, ports = [] }: EndpointSlice, portName: string): Endpoint[] {
  const port = ports.find((each) => (each.name ?? '') === portName)?.port;
  if (port === undefined || addressType === 'FQDN') return [];
  return endpoints
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses, targetRef }) => {
      const [address] = addresses;
      const pod = targetRef?.kind === 'Pod' ? targetRef : undefined;
      return address === undefined
        ? []
        : [{ address, port, podName: pod?.name, podNamespace: pod?.namespace }];
    });
}

/**
 * Where an endpoint is that is a pod of the namespace, at the address that the pod has; any other is none: whoever may write endpoints alone
 * must not be able to point the hub anywhere (upstream's `isValidAddress`).
 */
function placeOfPod(hub: Hub, namespace: string, endpoint: Endpoint): Place[] {
  const { address, port, podName, podNamespace } = endpoint;
  if (podName === undefined || podNamespace !== namespace) return [];
  if (!isAllowedAddress(address, hub.proxy.allowLoopback)) return [];
  const { status, spec } = hub.resources.lister(pods).get(namespace, podName) ?? {};
  const isIts = status?.podIP === address || status?.podIPs?.some(({ ip }) => ip === address);
  return isIts ? [{ address, port, node: spec?.nodeName }] : [];
}
