import {
  type Container,
  type Pod,
  type PodAffinityTerm,
  qosClass,
  type ScopedResourceSelectorRequirement,
} from '@hawser/api';
import { type Amounts, add, amountsOf, count } from './amounts.ts';
import { countName, type Evaluator } from './evaluator.ts';
import { podLimits, podRequests } from './pod-amounts.ts';
import { hasValue } from './scope-values.ts';

const COUNT = countName('', 'pods');
const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];
const NAMES = new Set([
  COUNT,
  'pods',
  ...COMPUTE.flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
]);
/** What each container must ask for where a quota limits it; upstream regrets it, and keeps it for these alone. */
const DEMANDED = new Set(['cpu', 'memory'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]));

/** What pods use (kubernetes/pkg/quota/v1/evaluator/core/pods.go). */
export const podEvaluator: Evaluator = {
  group: '',
  plural: 'pods',
  handles: (operation, subresource) => operation === 'CREATE' && subresource === '',
  measures: (name) =>
    NAMES.has(name) ||
    /^(requests\.)?hugepages-/.test(name) ||
    (name.startsWith('requests.') && !isNative(name)),
  usage: (object, now) => usageOf(object as Pod, now),
  isInScope: (object, requirement) => isInScope(object as Pod, requirement),
  missing: (object, names) => missing(object as Pod, names),
};

/** In the namespace of Kubernetes itself, as all names without one are. */
function isNative(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

/** Every pod that is stored counts as one; the rest is used only by those that may still run. */
function usageOf(pod: Pod, now: Date): Amounts {
  const stored: Amounts = new Map([[COUNT, count(1)]]);
  if (!isCharged(pod, now)) return stored;
  return add(stored, computeUsage(podRequests(pod), podLimits(pod)));
}

/** Neither ended, nor stuck in ending for longer than its grace. */
function isCharged({ metadata, status }: Pod, now: Date): boolean {
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return false;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return true;
  return now.getTime() <= Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
}

function computeUsage(requests: Amounts, limits: Amounts): Amounts {
  const usage = new Map([['pods', count(1)]]);
  for (const [name, amount] of requests) {
    const isPlain = COMPUTE.includes(name) || name.startsWith('hugepages-');
    if (isPlain) usage.set(name, amount);
    if (isPlain || !isNative(name)) usage.set(`requests.${name}`, amount);
  }
  for (const [name, amount] of limits) if (COMPUTE.includes(name)) usage.set(`limits.${name}`, amount);
  return usage;
}

function missing({ spec }: Pod, names: readonly string[]): string | undefined {
  const demanded = names.filter((name) => DEMANDED.has(name)).sort();
  const containers: Container[] = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const faults = demanded.flatMap((name) => {
    const silent = containers.filter((container) => !usageOfContainer(container).has(name));
    const who = [...new Set(silent.map((container) => container.name))].sort();
    return who.length === 0 ? [] : [`${name} for: ${who.join(',')}`];
  });
  return faults.length === 0 ? undefined : `must specify ${faults.join('; ')}`;
}

function usageOfContainer({ resources }: Container): Amounts {
  return computeUsage(amountsOf(resources?.requests), amountsOf(resources?.limits));
}

function isInScope(pod: Pod, requirement: ScopedResourceSelectorRequirement): boolean {
  const { activeDeadlineSeconds = -1, priorityClassName } = pod.spec;
  switch (requirement.scopeName) {
    case 'Terminating':
      return activeDeadlineSeconds >= 0;
    case 'NotTerminating':
      return activeDeadlineSeconds < 0;
    case 'BestEffort':
      return qosClass(pod) === 'BestEffort';
    case 'NotBestEffort':
      return qosClass(pod) !== 'BestEffort';
    case 'PriorityClass':
      return hasValue(priorityClassName, requirement);
    case 'CrossNamespacePodAffinity':
      return affinityTerms(pod).some(
        ({ namespaces = [], namespaceSelector }) => namespaces.length > 0 || namespaceSelector !== undefined,
      );
    default:
      return false;
  }
}

function affinityTerms({ spec: { affinity } }: Pod): PodAffinityTerm[] {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((side) => [
    ...(side?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(side?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ podAffinityTerm }) => podAffinityTerm,
    ),
  ]);
}
