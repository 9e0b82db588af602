import { expect, test } from 'bun:test';
import { sampleEndpoint, wantedPort } from '../testing/samples.ts';
import { wantedNode } from './wanted-listeners.ts';

const endpoint = sampleEndpoint(1);
const at = (...ports: Parameters<typeof wantedNode>[0]) => {
  const { addresses, listeners } = wantedNode(ports, ['192.0.2.1']);
  return { addresses: [...addresses], listeners: [...listeners.keys()] };
};

test('it is listened at the ClusterIP, at external addresses, and at the node’s for node ports', () => {
  const port = wantedPort([endpoint], { externalIPs: ['198.51.100.1'], nodePort: 30_000 });
  expect(at(port)).toEqual({
    addresses: ['10.96.0.9', '198.51.100.1'],
    listeners: ['TCP 10.96.0.9:80', 'TCP 198.51.100.1:80', 'TCP 192.0.2.1:30000'],
  });
});

test('without endpoints the address is there and nobody listens: the kernel refuses', () => {
  expect(at(wantedPort([], { nodePort: 30_000 }))).toEqual({ addresses: ['10.96.0.9'], listeners: [] });
});

test('policy Local without an endpoint here: outside addresses are listened at, for this node’s own', () => {
  const port = wantedPort([endpoint], { externalPolicyLocal: true, nodePort: 30_000 });
  expect(at(port).listeners).toEqual(['TCP 10.96.0.9:80', 'TCP 192.0.2.1:30000']);
  expect(at({ ...port, internalPolicyLocal: true }).listeners).toEqual(['TCP 192.0.2.1:30000']);
});

test('of two Services that claim an address the first has it', () => {
  const first = wantedPort([endpoint], { service: 'ns/a', externalIPs: ['198.51.100.1'] });
  const second = wantedPort([endpoint], {
    service: 'ns/b',
    clusterIP: '10.96.0.10',
    externalIPs: ['198.51.100.1'],
  });
  const { listeners } = wantedNode([first, second], []);
  expect(listeners.get('TCP 198.51.100.1:80')?.owner).toBe('ns/a::TCP');
  expect(listeners.size).toBe(3);
});

test('who may come by a load balancer’s address does not matter at others', () => {
  const port = wantedPort([endpoint], {
    loadBalancerIPs: ['198.51.100.2'],
    loadBalancerSourceRanges: ['10.0.0.0/8'],
  });
  const ranges = [...wantedNode([port], []).listeners].map(([key, { sourceRanges }]) => [key, sourceRanges]);
  expect(ranges).toEqual([
    ['TCP 10.96.0.9:80', []],
    ['TCP 198.51.100.2:80', ['10.0.0.0/8']],
  ]);
});
