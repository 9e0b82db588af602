import type { Service } from '@hawser/api';
import { type Amounts, count } from './amounts.ts';
import { countName, type Evaluator } from './evaluator.ts';

const COUNT = countName('', 'services');
const NAMES = new Set([COUNT, 'services', 'services.nodeports', 'services.loadbalancers']);

/** What Services use (kubernetes/pkg/quota/v1/evaluator/core/services.go). A change may turn one into another type. */
export const serviceEvaluator: Evaluator = {
  group: '',
  plural: 'services',
  handles: (operation, subresource) => operation !== 'DELETE' && subresource === '',
  measures: (name) => NAMES.has(name),
  usage: (object) => usageOf(object as Service),
  isInScope: () => false,
};

function usageOf({ spec = {} }: Service): Amounts {
  return new Map([
    [COUNT, count(1)],
    ['services', count(1)],
    ['services.nodeports', count(nodePorts(spec))],
    ['services.loadbalancers', count(spec.type === 'LoadBalancer' ? 1 : 0)],
  ]);
}

/** Those that will be given out, not only those that have been. */
function nodePorts({
  type,
  ports = [],
  allocateLoadBalancerNodePorts,
}: NonNullable<Service['spec']>): number {
  if (type === 'NodePort') return ports.length;
  if (type !== 'LoadBalancer') return 0;
  if (allocateLoadBalancerNodePorts !== false) return ports.length;
  return ports.filter(({ nodePort }) => nodePort).length;
}
