import type { Pod } from '@hawser/api';
import { readyStatus } from '../node-lifecycle/node-condition.ts';
import { untolerated } from '../node-lifecycle/tolerates.ts';
import { matchesNodeSelector } from './match-node-selector.ts';
import type { NodeInfo } from './node-info.ts';
import { addResources, podRequests } from './pod-resources.ts';

/** Why a pod cannot go to a node: every reason of one filter; none when it can. */
export type Filter = (pod: Pod, info: NodeInfo) => readonly string[];

/** The words are upstream's (`pkg/scheduler/framework/plugins`), which tools and people look for. */
const FILTERS: readonly Filter[] = [
  unsupported,
  unschedulable,
  nodeName,
  taints,
  affinity,
  readiness,
  ports,
  resources,
];

/** The reasons of the first filter that objects, as upstream stops there too. */
export function rejections(pod: Pod, info: NodeInfo): readonly string[] {
  for (const filter of FILTERS) {
    const reasons = filter(pod, info);
    if (reasons.length > 0) return reasons;
  }
  return [];
}

/** What a pod requires and this scheduler does not know how to keep: better not placed than placed wrongly. */
function unsupported({ spec }: Pod): readonly string[] {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  const requires = (terms?: readonly unknown[]) => (terms ?? []).length > 0;
  if (
    requires(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution) ||
    requires(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution)
  )
    return ['required pod affinity and anti-affinity are not supported'];
  if (spec.topologySpreadConstraints?.some(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule'))
    return ['topology spread constraints that must hold are not supported'];
  return [];
}

function unschedulable({ spec }: Pod, { node }: NodeInfo): readonly string[] {
  if (!node.spec?.unschedulable) return [];
  const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' as const };
  return untolerated([taint], spec.tolerations ?? [], ['NoSchedule']) ? ['node(s) were unschedulable'] : [];
}

function nodeName({ spec }: Pod, { node }: NodeInfo): readonly string[] {
  const isOther = spec.nodeName !== undefined && spec.nodeName !== '' && spec.nodeName !== node.metadata.name;
  return isOther ? ["node(s) didn't match the requested node name"] : [];
}

function taints({ spec }: Pod, { node }: NodeInfo): readonly string[] {
  const found = untolerated(node.spec?.taints ?? [], spec.tolerations ?? [], ['NoSchedule', 'NoExecute']);
  return found ? ['node(s) had untolerated taint(s)'] : [];
}

function affinity(pod: Pod, { node }: NodeInfo): readonly string[] {
  return matchesNodeSelector(pod, node) ? [] : ["node(s) didn't match Pod's node affinity/selector"];
}

/** Taints say this too, but follow the condition by a moment; a pod that tolerates those goes anywhere. */
function readiness({ spec }: Pod, { node }: NodeInfo): readonly string[] {
  if (readyStatus(node) === 'True') return [];
  const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' as const };
  return untolerated([notReady], spec.tolerations ?? [], ['NoSchedule']) ? ['node(s) were not ready'] : [];
}

function ports(pod: Pod, { pods }: NodeInfo): readonly string[] {
  const wanted = hostPorts(pod);
  const taken = pods.flatMap(hostPorts);
  const conflicts = wanted.some((port) => taken.some((other) => collide(port, other)));
  return conflicts ? ["node(s) didn't have free ports for the requested pod ports"] : [];
}

interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

const ANY_ADDRESS = '0.0.0.0';

function hostPorts({ spec }: Pod): HostPort[] {
  const containers = [
    ...spec.containers,
    ...(spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always'),
  ];
  return containers
    .flatMap(({ ports = [] }) => ports)
    .filter(({ hostPort }) => (hostPort ?? 0) > 0)
    .map(({ hostIP, hostPort, protocol }) => ({
      ip: hostIP || ANY_ADDRESS,
      protocol: protocol ?? 'TCP',
      port: hostPort!,
    }));
}

function collide(a: HostPort, b: HostPort): boolean {
  const sameAddress = a.ip === b.ip || a.ip === ANY_ADDRESS || b.ip === ANY_ADDRESS;
  return sameAddress && a.port === b.port && a.protocol === b.protocol;
}

function resources(pod: Pod, { allocatable, requested, pods }: NodeInfo): readonly string[] {
  const reasons: string[] = [];
  if (pods.length + 1 > (allocatable.get('pods') ?? 0)) reasons.push('Too many pods');
  const wanted = podRequests(pod);
  const total = addResources(requested, wanted);
  for (const [name, amount] of wanted)
    if (amount > 0 && (total.get(name) ?? 0) > (allocatable.get(name) ?? 0))
      reasons.push(`Insufficient ${name}`);
  return reasons;
}
