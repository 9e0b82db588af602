import { describe, expect, test } from 'bun:test';
import type { Node, Pod } from '@hawser/api';
import type { Lister } from '@hawser/authn';
import { NodeAddresses } from './node-of-address.ts';

class Listed<T> implements Lister<T> {
  version = 1;

  constructor(private items: readonly T[]) {}

  get(): T | undefined {
    throw new Error('not asked for one by name');
  }

  list(): readonly T[] {
    return this.items;
  }

  set(items: readonly T[]): void {
    this.items = items;
    this.version += 1;
  }
}

const node = (name: string, day: number, addresses: string[], podCIDRs: string[] = []): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, creationTimestamp: `2026-01-0${day}T00:00:00Z` },
  spec: { podCIDRs },
  status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
});

const pod = (name: string, nodeName: string, ip: string): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { nodeName, containers: [] },
    status: { podIP: ip, podIPs: [{ ip }] },
  }) as Pod;

const nodes = new Listed([
  node(
    'node-2',
    2,
    ['10.0.0.2', 'node-2.example.com', '10.244.1.7', '10.0.0.1'],
    ['10.244.2.0/24', 'fd00:2::/64'],
  ),
  node('node-1', 1, ['10.0.0.1', 'fd00::1'], ['10.244.1.0/24']),
]);
const pods = new Listed([pod('a', 'node-2', '192.168.0.9'), pod('b', 'node-1', '10.0.0.2')]);
const addresses = new NodeAddresses({ nodes, pods });

describe('the node of', () => {
  const cases = [
    { name: "a node's address", host: '10.0.0.2', node: 'node-2' },
    { name: "a node's IPv6 address", host: 'fd00::1', node: 'node-1' },
    { name: "a node's name", host: 'node-2.example.com', node: 'node-2' },
    { name: 'an address that two claim: the older', host: '10.0.0.1', node: 'node-1' },
    { name: "a pod's address, by its range", host: '10.244.2.7', node: 'node-2' },
    { name: "a pod's IPv6 address, by its range", host: 'fd00:2::7', node: 'node-2' },
    { name: "an address in another's range, whoever claims it", host: '10.244.1.7', node: 'node-1' },
    { name: "a pod's address outside all ranges", host: '192.168.0.9', node: 'node-2' },
    { name: 'the address of a Service: none', host: '10.96.0.10', node: undefined },
    { name: 'a name that is no node’s: none', host: 'elsewhere.example.com', node: undefined },
  ];
  for (const { name, host, node: expected } of cases)
    test(name, () => expect(addresses.nodeOf(host)).toBe(expected));
});

test('what is found follows nodes and pods', () => {
  const own = { nodes: new Listed<Node>([]), pods: new Listed<Pod>([]) };
  const following = new NodeAddresses(own);
  expect(following.nodeOf('10.0.0.3')).toBeUndefined();
  own.nodes.set([node('node-3', 3, ['10.0.0.3'])]);
  own.pods.set([pod('c', 'node-3', '192.168.0.3')]);
  expect([following.nodeOf('10.0.0.3'), following.nodeOf('192.168.0.3')]).toEqual(['node-3', 'node-3']);
});
