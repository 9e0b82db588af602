import type { Container, Pod } from '@hawser/api';

/** The parts of a pod that validation speaks of, taken from its table. */
export type PodSpec = Pod['spec'];
export type Affinity = NonNullable<PodSpec['affinity']>;
export type NodeAffinity = NonNullable<Affinity['nodeAffinity']>;
export type NodeSelector = NonNullable<NodeAffinity['requiredDuringSchedulingIgnoredDuringExecution']>;
export type NodeSelectorTerm = NodeSelector['nodeSelectorTerms'][number];
export type PodAffinity = NonNullable<Affinity['podAffinity']>;
export type PodAffinityTerm = NonNullable<
  PodAffinity['requiredDuringSchedulingIgnoredDuringExecution']
>[number];
export type Toleration = NonNullable<PodSpec['tolerations']>[number];
export type TopologySpreadConstraint = NonNullable<PodSpec['topologySpreadConstraints']>[number];
export type PodSecurityContext = NonNullable<PodSpec['securityContext']>;
export type SecurityContext = NonNullable<Container['securityContext']>;
export type Probe = NonNullable<Container['livenessProbe']>;
export type Lifecycle = NonNullable<Container['lifecycle']>;
export type LifecycleHandler = NonNullable<Lifecycle['preStop']>;
export type EnvVar = NonNullable<Container['env']>[number];
export type EnvFrom = NonNullable<Container['envFrom']>[number];
export type ResourceRequirements = NonNullable<Container['resources']>;
export type EphemeralContainer = NonNullable<PodSpec['ephemeralContainers']>[number];
export type Handler = NonNullable<LifecycleHandler> & { grpc?: Probe['grpc'] };

/** All containers of a pod with the path of each, in upstream's order (VisitContainersWithPath). */
export function* containersOf(spec: PodSpec, at: string): Generator<[Container, string]> {
  for (const field of ['initContainers', 'containers', 'ephemeralContainers'] as const)
    for (const [i, container] of (spec[field] ?? []).entries()) yield [container, `${at}.${field}[${i}]`];
}
