import { type Endpoint, endpointKey } from './endpoint.ts';
import { isExternallyAccessible, type ServicePort } from './service-port.ts';

/** Where this node is. */
export interface NodePlace {
  readonly name: string;
  /** The label `topology.kubernetes.io/zone`. */
  readonly zone: string | undefined;
}

/** The endpoints that traffic to a port may be sent to from this node, by traffic policy. */
export interface ChosenEndpoints {
  /** For policy Cluster. */
  readonly cluster: readonly Endpoint[];
  /** For policy Local. */
  readonly local: readonly Endpoint[];
  /** Both together, each once. */
  readonly reachable: readonly Endpoint[];
  /** All that answer, chosen or not: what goes to them already may go on. */
  readonly serving: readonly Endpoint[];
  /** Whether there are any in the whole cluster, be they reachable under the port's policies or not. */
  readonly any: boolean;
}

/**
 * Chooses a port's endpoints (pkg/proxy `CategorizeEndpoints`): those that are ready, as far as hints leave them to
 * this node; where none is ready those that still serve while they terminate, for each policy by itself.
 */
export function chooseEndpoints(
  port: ServicePort,
  endpoints: readonly Endpoint[],
  node: NodePlace,
): ChosenEndpoints {
  const isExternal = isExternallyAccessible(port);
  // Local clients of an external address go to all endpoints, even where its policy is Local.
  const usesCluster = !port.internalPolicyLocal || isExternal;
  const usesLocal = port.internalPolicyLocal || (port.externalPolicyLocal && isExternal);
  const cluster = usesCluster ? clusterEndpoints(endpoints, node) : [];
  const local = usesLocal ? usable(endpoints.filter(({ isLocal }) => isLocal)) : [];
  const any = usesLocal ? usable(endpoints).length > 0 : cluster.length > 0;
  const merged = new Map([...cluster, ...local].map((endpoint) => [endpointKey(endpoint), endpoint]));
  const serving = endpoints.filter(({ isReady, isServing }) => isReady || isServing);
  return { cluster, local, reachable: [...merged.values()], serving, any };
}

function clusterEndpoints(endpoints: readonly Endpoint[], node: NodePlace): Endpoint[] {
  const ready = endpoints.filter(({ isReady }) => isReady);
  return ready.length > 0 ? hinted(ready, node) : usable(endpoints);
}

function usable(endpoints: readonly Endpoint[]): Endpoint[] {
  const ready = endpoints.filter(({ isReady }) => isReady);
  if (ready.length > 0) return ready;
  return endpoints.filter(({ isServing, isTerminating }) => isServing && isTerminating);
}

/**
 * Those whose hints name this node, else those whose hints name its zone. Hints count only if every ready endpoint
 * has them and at least one is left; they come of `trafficDistribution` and of topology-aware routing.
 */
function hinted(ready: readonly Endpoint[], { name, zone }: NodePlace): Endpoint[] {
  const forNode = ready.filter(({ nodeHints }) => nodeHints.includes(name));
  if (forNode.length > 0 && ready.every(({ nodeHints }) => nodeHints.length > 0)) return forNode;
  const forZone = ready.filter(({ zoneHints }) => zone !== undefined && zoneHints.includes(zone));
  if (forZone.length > 0 && ready.every(({ zoneHints }) => zoneHints.length > 0)) return forZone;
  return [...ready];
}
