import { expect, test } from 'bun:test';
import { kubenetRules } from './kubenet-rules.ts';
import { parsePodCidr } from './pod-cidr.ts';

const podCidr = parsePodCidr('10.244.0.0/24')!;
const peer = { podCidr: parsePodCidr('10.244.1.0/24')!, nodeIp: '10.0.0.2' };
const lines = (text: string) => text.split('\n').map((line) => line.trim());

test('what leaves the cluster leaves with the node’s address, what goes to pods does not', () => {
  const rules = lines(kubenetRules({ podCidr, peers: [peer], hostPorts: [] }));
  expect(rules).toContain('elements = { 10.244.0.0/24, 10.244.1.0/24 }');
  expect(rules).toContain(
    'ip saddr 10.244.0.0/24 ip daddr != @pod-ranges ip daddr != 224.0.0.0/4 masquerade',
  );
});

test('tunnelled traffic is taken from nodes only', () => {
  const rules = lines(kubenetRules({ podCidr, peers: [peer], hostPorts: [] }));
  expect(rules).toContain('elements = { 10.0.0.2 }');
  expect(rules).toContain('udp dport 8472 ip saddr != @nodes drop');
  expect(rules).toContain('iifname "cbr0" udp dport 8472 drop');
});

test('a host port leads to its pod, at one address of the node or all, and for the pod itself as well', () => {
  const mapping = { protocol: 'TCP', hostPort: 8080, containerPort: 80 } as const;
  const hostPorts = [
    { podIp: '10.244.0.5', mapping },
    { podIp: '10.244.0.6', mapping: { ...mapping, protocol: 'UDP' as const, hostIp: '10.0.0.1' } },
  ];
  const rules = lines(kubenetRules({ podCidr, peers: [], hostPorts }));
  expect(rules).toContain('tcp dport 8080 dnat to 10.244.0.5:80');
  expect(rules).toContain('ip daddr 10.0.0.1 udp dport 8080 dnat to 10.244.0.6:80');
  expect(rules).toContain('ip saddr 10.244.0.5 ip daddr 10.244.0.5 masquerade');
});

test('a host address that is none gets into no rule', () => {
  const mapping = { protocol: 'TCP', hostPort: 8080, containerPort: 80 } as const;
  const bad = ['10.0.0.1 accept\n}\nflush ruleset', 'include "/etc/passwd"', 'fd00::1', '10.0.0.0/8'];
  const hostPorts = bad.map((hostIp) => ({ podIp: '10.244.0.5', mapping: { ...mapping, hostIp } }));
  const good = { podIp: '10.244.0.6', mapping };
  expect(kubenetRules({ podCidr, peers: [], hostPorts: [...hostPorts, good] })).not.toMatch(
    /flush|include|fd00|10\.0\.0\.0\/8 tcp|10\.244\.0\.5:80/,
  );
});
