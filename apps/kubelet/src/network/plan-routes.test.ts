import { describe, expect, test } from 'bun:test';
import type { Node } from '@hawser/api';
import { planRoutes } from './plan-routes.ts';
import { parsePodCidr } from './pod-cidr.ts';

function node(name: string, podCIDR: string | undefined, address: string, created = '2026-01-01'): Node {
  return {
    metadata: { name, creationTimestamp: `${created}T00:00:00Z` },
    spec: podCIDR === undefined ? {} : { podCIDR, podCIDRs: [podCIDR] },
    status: {
      addresses: [
        { type: 'Hostname', address: name },
        { type: 'InternalIP', address },
      ],
    },
  } as Node;
}

const own = { name: 'node-1', podCidr: parsePodCidr('10.244.0.0/24')! };
const routes = (...nodes: Node[]) =>
  planRoutes(nodes, own).map(({ podCidr, nodeIp }) => `${podCidr.text} ${nodeIp}`);

describe('routes to pods of other nodes', () => {
  test('are by the ranges and the addresses of their Nodes', () => {
    const nodes = [
      node('node-1', '10.244.0.0/24', '10.0.0.1'),
      node('node-2', '10.244.1.0/24', '10.0.0.2'),
      node('node-3', undefined, '10.0.0.3'),
    ];
    expect(routes(...nodes)).toEqual(['10.244.1.0/24 10.0.0.2']);
  });

  test('take no range that is this node’s', () => {
    expect(routes(node('b', '10.244.0.0/16', '10.0.0.2'), node('c', '10.244.0.0/24', '10.0.0.3'))).toEqual(
      [],
    );
  });

  test('take a range that two name from the older Node', () => {
    const nodes = [
      node('a', '10.244.1.0/24', '10.0.0.2', '2026-02-01'),
      node('b', '10.244.1.0/24', '10.0.0.3', '2026-01-01'),
    ];
    expect(routes(...nodes)).toEqual(['10.244.1.0/24 10.0.0.3']);
  });

  test('do not lead to an address that is a pod’s', () => {
    const nodes = [node('b', '10.244.1.0/24', '10.244.0.7'), node('c', '10.244.2.0/24', '10.244.1.7')];
    expect(routes(...nodes)).toEqual([]);
  });
});
