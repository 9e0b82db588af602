import { describe, expect, test } from 'bun:test';
import type { Pod } from '@hawser/api';
import { makeContainer, makePod } from '../testing/pods.ts';
import { admitPod } from './admit-pod.ts';

const FACTS = { node: undefined, others: [], maxPods: 10, hostPorts: true };

function podWithPort(uid: string, port: object, more: Partial<Pod> = {}): Pod {
  const container = makeContainer('main', { ports: [{ containerPort: 80, ...port }] });
  const { metadata, spec } = makePod({ containers: [container] });
  return { ...makePod(), metadata: { ...metadata, uid }, spec, ...more };
}

describe('a pod that wants a port of the node', () => {
  test('is taken while nobody has it', () => {
    const others = [podWithPort('a', { hostPort: 81 }), podWithPort('a', { hostPort: 80, protocol: 'UDP' })];
    expect(admitPod(podWithPort('b', { hostPort: 80 }), { ...FACTS, others })).toBeUndefined();
  });

  const conflicts = [
    { name: 'at all addresses', other: {}, own: {} },
    { name: 'at one address of all', other: {}, own: { hostIP: '10.0.0.1' } },
    { name: 'at the same address', other: { hostIP: '10.0.0.1' }, own: { hostIP: '10.0.0.1' } },
  ];
  for (const { name, other, own } of conflicts)
    test(`is refused when another has it ${name}, in upstream's words`, () => {
      const others = [podWithPort('a', { hostPort: 80, ...other })];
      expect(admitPod(podWithPort('b', { hostPort: 80, ...own }), { ...FACTS, others })).toEqual({
        reason: 'NodePorts',
        message: 'Pod was rejected: Predicate NodePorts failed',
      });
    });

  test('has it at another address, and of two that come at once the first has it', () => {
    const a = podWithPort('a', { hostPort: 80, hostIP: '10.0.0.1' });
    const b = podWithPort('b', { hostPort: 80, hostIP: '10.0.0.2' });
    expect(admitPod(b, { ...FACTS, others: [a] })).toBeUndefined();
    const [first, second] = [podWithPort('a', { hostPort: 80 }), podWithPort('b', { hostPort: 80 })];
    expect(admitPod(first, { ...FACTS, others: [second] })).toBeUndefined();
    expect(admitPod(second, { ...FACTS, others: [first] })?.reason).toBe('NodePorts');
  });

  test('is refused where there can be none, unless it is on the host’s network', () => {
    const facts = { ...FACTS, hostPorts: false };
    const pod = podWithPort('a', { hostPort: 80 });
    expect(admitPod(pod, facts)?.reason).toBe('HostPortNotSupported');
    const onHost = { ...pod, spec: { ...pod.spec, hostNetwork: true } };
    expect(admitPod(onHost, facts)).toBeUndefined();
  });

  for (const hostIP of ['10.0.0.1 accept; flush ruleset', 'fd00::1', 'localhost'])
    test(`is refused at ${hostIP}, which is no address of the node`, () => {
      const rejection = admitPod(podWithPort('a', { hostPort: 80, hostIP }), FACTS);
      expect(rejection).toEqual({
        reason: 'HostPortNotSupported',
        message: `Pod was rejected: hostIP "${hostIP}" is no IPv4 address`,
      });
    });

  test('is taken at all addresses, by whichever family they are called', () => {
    const others = [podWithPort('a', { hostPort: 80, hostIP: '::' })];
    expect(admitPod(others[0]!, FACTS)).toBeUndefined();
    expect(admitPod(podWithPort('b', { hostPort: 80 }), { ...FACTS, others })?.reason).toBe('NodePorts');
  });
});
