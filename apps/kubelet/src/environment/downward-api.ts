import {
  type Container,
  type ObjectFieldSelector,
  type Pod,
  parseQuantity,
  type ResourceFieldSelector,
} from '@hawser/api';
import { ContainerConfigError } from './container-config-error.ts';

/** What a field reference can tell that is not in the Pod as the API server has it. */
export interface NodeFacts {
  nodeIp: string;
  /** The pod's own, or the node's; of files there is none. */
  podIp?: string;
  /** What a container without a limit may use at most. */
  allocatable: Record<string, string>;
}

/**
 * The value of a Pod's field for an environment variable or a downward API file.
 * @throws ContainerConfigError for a path that cannot be referred to.
 */
export function podFieldValue({ fieldPath }: ObjectFieldSelector, pod: Pod, facts: NodeFacts): string {
  const { metadata, spec } = pod;
  const subscript = /^metadata\.(labels|annotations)\['([^']*)'\]$/.exec(fieldPath);
  if (subscript) return metadata[subscript[1] as 'labels' | 'annotations']?.[subscript[2]!] ?? '';
  const values: Record<string, () => string> = {
    'metadata.name': () => metadata.name,
    'metadata.namespace': () => metadata.namespace ?? '',
    'metadata.uid': () => metadata.uid ?? '',
    'metadata.labels': () => formatMap(metadata.labels),
    'metadata.annotations': () => formatMap(metadata.annotations),
    'spec.nodeName': () => spec?.nodeName ?? '',
    'spec.serviceAccountName': () => spec?.serviceAccountName ?? '',
    'status.hostIP': () => facts.nodeIp,
    'status.hostIPs': () => facts.nodeIp,
    'status.podIP': () => facts.podIp ?? facts.nodeIp,
    'status.podIPs': () => facts.podIp ?? facts.nodeIp,
  };
  const value = values[fieldPath];
  if (value === undefined) throw new ContainerConfigError(`unsupported fieldPath: ${fieldPath}`);
  return value();
}

/** A map as the downward API writes it: a line `key="value"` each, sorted, the value quoted as Go does. */
function formatMap(map: Record<string, string> = {}): string {
  const lines = Object.entries(map).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return lines.sort().join('\n');
}

/**
 * The value of a request or limit, in units of the divisor and rounded up. A limit that is not set is the
 * node's allocatable amount; a request that is not set is zero.
 */
export function containerResourceValue(
  { resource, divisor }: ResourceFieldSelector,
  container: Pick<Container, 'resources'>,
  facts: NodeFacts,
): string {
  const [kind, name] = splitOnce(resource);
  const amounts = kind === 'limits' ? container.resources?.limits : container.resources?.requests;
  if ((kind !== 'limits' && kind !== 'requests') || name === undefined)
    throw new ContainerConfigError(`unsupported container resource: ${resource}`);
  const amount = amounts?.[name] ?? (kind === 'limits' ? facts.allocatable[name] : undefined) ?? '0';
  const unit = parseQuantity(divisor === undefined || divisor === '0' ? '1' : divisor).nano;
  const { nano } = parseQuantity(amount);
  return String((nano + unit - 1n) / unit);
}

function splitOnce(text: string): [string, string | undefined] {
  const dot = text.indexOf('.');
  return dot < 0 ? [text, undefined] : [text.slice(0, dot), text.slice(dot + 1)];
}
