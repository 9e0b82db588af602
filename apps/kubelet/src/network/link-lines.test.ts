import { expect, test } from 'bun:test';
import { bridgeLines, forwardingLines, podMtu, routeLines, tunnelLines } from './link-lines.ts';
import { parsePodCidr } from './pod-cidr.ts';
import { linkLines, linkName, podLines } from './pod-link.ts';

const podCidr = parsePodCidr('10.244.1.0/24')!;
const near = { podCidr: parsePodCidr('10.244.2.0/24')!, nodeIp: '10.0.0.2', onLink: 'eth0' };
const far = { podCidr: parsePodCidr('10.244.3.0/24')!, nodeIp: '10.9.0.3', onLink: undefined };

test('the bridge has the first address of the range, and a hardware address that stays', () => {
  expect(bridgeLines(podCidr, 1450, false)).toEqual([
    'link add cbr0 address 0a:58:0a:f4:01:01 type bridge',
    'link set cbr0 mtu 1450 up',
    'address replace 10.244.1.1/24 dev cbr0',
  ]);
  expect(bridgeLines(podCidr, 1450, true)).toHaveLength(2);
});

test('a node on the same link is reached directly, one behind a router through the tunnel', () => {
  expect(routeLines([near, far])).toEqual([
    'route replace 10.244.2.0/24 proto 77 via 10.0.0.2 dev eth0',
    'neighbour replace 10.244.3.0 lladdr 0a:58:0a:09:00:03 dev hawser.1 nud permanent',
    'route replace 10.244.3.0/24 proto 77 via 10.244.3.0 dev hawser.1 onlink',
  ]);
  expect(forwardingLines([near, far])).toEqual([
    'fdb replace 0a:58:0a:09:00:03 dev hawser.1 dst 10.9.0.3 self permanent',
  ]);
});

test('the tunnel learns nothing, and packets of pods fit into it', () => {
  const mtu = podMtu(1500);
  expect(mtu).toBe(1450);
  expect(tunnelLines(podCidr, '10.0.0.1', mtu)).toEqual([
    'link add hawser.1 address 0a:58:0a:00:00:01 type vxlan id 1 local 10.0.0.1 dstport 8472 nolearning',
    'link set hawser.1 mtu 1450 up',
    'address replace 10.244.1.0/32 dev hawser.1',
  ]);
});

test('a pod is joined to the bridge, and has the node as its way to everybody', () => {
  const link = linkName('0123456789abcdef');
  expect(link).toHaveLength(15);
  expect(linkLines(link, 42, '10.244.1.5', 1450)).toEqual([
    'link add veth0123456789a mtu 1450 type veth peer name eth0 address 0a:58:0a:f4:01:05 mtu 1450 netns 42',
    'link set veth0123456789a master cbr0',
    'link set veth0123456789a type bridge_slave hairpin on',
    'link set veth0123456789a up',
  ]);
  expect(podLines('10.244.1.5', '10.244.1.1')).toContain('address add 10.244.1.5/32 dev eth0');
});
