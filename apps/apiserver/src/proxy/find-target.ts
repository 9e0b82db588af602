import { ApiError, badRequest, nodes, notFound, type Pod, pods } from '@hawser/api';
import { isAllowedAddress } from '@hawser/dial';
import { checkedAddress, ForbiddenAddressError } from '../connect/checked-address.ts';
import type { Hub } from '../hub.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { type ProxyName, parseProxyName } from './proxy-name.ts';
import { asksInsecure, type ProxyTarget, portNumber } from './proxy-target.ts';
import { serviceTarget } from './service-target.ts';
import { serviceUnavailable } from './service-unavailable.ts';

/**
 * What stands behind a node, pod or service (`ResourceLocation` of pkg/registry/core/{node,pod,service}).
 * @throws ApiError BadRequest, NotFound or ServiceUnavailable, in upstream's words.
 */
export async function findTarget(hub: Hub, context: RequestContext): Promise<ProxyTarget> {
  const { resource, namespace, name: asked } = context.info;
  const singular = resource.slice(0, -1);
  const name = parseProxyName(asked);
  if (name === undefined) throw badRequest(`invalid ${singular} request ${JSON.stringify(asked)}`);
  try {
    if (resource === 'nodes') return await nodeTarget(hub, name);
    if (resource === 'pods') return podTarget(hub, namespace, name);
    return serviceTarget(hub, namespace, name);
  } catch (error) {
    if (error instanceof ForbiddenAddressError) throw badRequest(error.message, error);
    if (error instanceof ApiError || !(error instanceof Error)) throw error;
    // A name that leads nowhere.
    throw serviceUnavailable(`error trying to reach service: ${error.message}`, error);
  }
}

async function nodeTarget({ resources, kubelets, proxy }: Hub, { scheme, name, port }: ProxyName) {
  const node = resources.lister(nodes).get('', name);
  if (node === undefined) throw notFound(nodes, name);
  const kubelet = kubelets.targetOf(node);
  if (port === '' || port === String(kubelet.port)) return { kubelet: node };
  const address = await checkedAddress(kubelet.host, proxy.rulesOf(scheme));
  const place = { scheme, address, port: numberOf(scheme, port), node: name };
  return { ...place, serverName: kubelet.host, insecure: false };
}

function podTarget({ resources, proxy }: Hub, namespace: string, { scheme, name, port }: ProxyName) {
  const pod = resources.lister(pods).get(namespace, name);
  if (pod === undefined) throw notFound(pods, name);
  const address = addressOf(pod);
  if (address === undefined || !isAllowedAddress(address, proxy.allowLoopback))
    throw badRequest('address not allowed');
  const declared = pod.spec.containers.find(({ ports = [] }) => ports.length > 0)?.ports?.[0]?.containerPort;
  const number = numberOf(scheme, port || String(declared ?? ''));
  const place = { scheme, address, port: number, node: pod.spec.nodeName };
  return { ...place, serverName: address, insecure: asksInsecure(pod) };
}

function addressOf({ status }: Pod): string | undefined {
  return status?.podIPs?.[0]?.ip ?? status?.podIP;
}

function numberOf(scheme: 'http' | 'https', port: string): number {
  try {
    return portNumber(scheme, port);
  } catch (error) {
    throw serviceUnavailable(`error trying to reach service: ${(error as Error).message}`);
  }
}
