import { isIPv4 } from 'node:net';
import type { Node, Pod } from '@hawser/api';
import type { PortMapping } from '../container-runtime/container-runtime.ts';
import { portMappings } from '../containers/container-config.ts';
import type { Rejection } from './pod-worker-context.ts';

export interface AdmissionFacts {
  /** As the API server has it; undefined when it is not known yet. */
  node: Node | undefined;
  /** All pods of the node. */
  others: readonly Pod[];
  maxPods: number;
  /** Whether ports of the node can be made to lead to pods, or are theirs anyway. */
  hostPorts: boolean;
}

/**
 * Whether the node takes a pod that was bound to it: whoever bound it may have overlooked something, and the
 * node may have changed since.
 * @returns why not, in upstream's words; undefined when it does.
 */
export function admitPod(
  pod: Pod,
  { node, others, maxPods, hostPorts }: AdmissionFacts,
): Rejection | undefined {
  const { uid } = pod.metadata;
  const running = others.filter(({ metadata, status }) => metadata.uid !== uid && !isOver(status?.phase));
  if (running.length >= maxPods)
    return {
      reason: 'OutOfpods',
      message: `Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: ${running.length}, capacity: ${maxPods}`,
    };
  const labels = node?.metadata.labels;
  const selector = Object.entries(pod.spec?.nodeSelector ?? {});
  if (labels !== undefined && selector.some(([key, value]) => labels[key] !== value))
    return { reason: 'NodeAffinity', message: 'Pod was rejected: Predicate NodeAffinity failed' };
  const ports = portMappings(pod);
  if (ports.length > 0 && !hostPorts)
    return {
      reason: 'HostPortNotSupported',
      message: 'Pod was rejected: hostPort needs nft on the node (Debian: apt-get install nftables)',
    };
  // The API server takes any text there (as upstream's does), and here it becomes part of a rule.
  const foreign = ports.find(({ hostIp }) => hostIp !== undefined && !isIPv4(hostIp));
  if (foreign !== undefined)
    return {
      reason: 'HostPortNotSupported',
      message: `Pod was rejected: hostIP ${JSON.stringify(foreign.hostIp)} is no IPv4 address`,
    };
  const taken = running.filter((other) => isBefore(other, pod)).flatMap(portMappings);
  if (ports.some((port) => taken.some((other) => isSamePort(port, other))))
    return { reason: 'NodePorts', message: 'Pod was rejected: Predicate NodePorts failed' };
  const os = pod.spec?.os?.name;
  if (os !== undefined && os !== 'linux')
    return {
      reason: 'PodOSNotSupported',
      message: "Pod was rejected: Failed to admit pod as the OS field doesn't match node OS",
    };
  return undefined;
}

/** Of two that want the same thing at once, one gets it. */
function isBefore(a: Pod, b: Pod): boolean {
  const age = ({ metadata }: Pod) => `${metadata.creationTimestamp ?? ''} ${metadata.uid}`;
  return a.status?.startTime !== undefined || age(a) < age(b);
}

function isSamePort(a: PortMapping, b: PortMapping): boolean {
  const sameAddress = a.hostIp === undefined || b.hostIp === undefined || a.hostIp === b.hostIp;
  return a.hostPort === b.hostPort && a.protocol === b.protocol && sameAddress;
}

function isOver(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}
