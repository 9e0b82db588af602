import { expect, test } from 'bun:test';
import { FakeClock } from '@hawser/runtime';
import type { ServicePort } from '../services/service-port.ts';
import { sampleEndpoint, wantedPort } from '../testing/samples.ts';
import { PortBalancer } from './port-balancer.ts';

const [one, two, three] = [1, 2, 3].map((number) => sampleEndpoint(number)) as [
  ReturnType<typeof sampleEndpoint>,
  ReturnType<typeof sampleEndpoint>,
  ReturnType<typeof sampleEndpoint>,
];

/** A balancer whose random choice is the n-th of four quarters, counting up. */
function start(more: Partial<ServicePort> = {}, endpoints = [one, two]) {
  const clock = new FakeClock();
  let quarter = 0;
  const wanted = wantedPort(endpoints, more);
  const balancer = new PortBalancer(wanted, {
    isLocal: (client) => client === 'here',
    clock,
    random: () => (quarter++ % 4) / 4,
  });
  const choose = (client = 'a', entrance: 'internal' | 'external' = 'internal') =>
    balancer.choose(client, entrance)?.ip;
  return { clock, balancer, choose, wanted };
}

test('each connection goes to any of the endpoints', () => {
  const { choose } = start();
  expect(Array.from({ length: 4 }, () => choose())).toEqual([one.ip, one.ip, two.ip, two.ip]);
});

test('what was tried in vain is not tried again', () => {
  const { balancer } = start();
  expect(balancer.choose('a', 'internal', new Set(['10.0.0.1:8080']))).toBe(two);
  expect(balancer.choose('a', 'internal', new Set(['10.0.0.1:8080', '10.0.0.2:8080']))).toBeUndefined();
});

test('a client keeps its endpoint as long as it comes back in time, each by itself', () => {
  const { clock, choose } = start({ affinitySeconds: 10 });
  expect([choose('a'), choose('a'), choose('b'), choose('c')]).toEqual([one.ip, one.ip, one.ip, two.ip]);
  for (let i = 0; i < 5; i += 1) {
    clock.advance(9_000);
    expect(choose('c')).toBe(two.ip);
  }
  clock.advance(10_000);
  expect([choose('c'), choose('c'), choose('a')]).toEqual([two.ip, two.ip, one.ip]);
});

test('a client whose endpoint is gone gets another and keeps that, also when the first is back', () => {
  const { balancer, choose } = start({ affinitySeconds: 10 });
  expect(choose()).toBe(one.ip);
  balancer.update(wantedPort([two], { affinitySeconds: 10 }));
  expect(choose()).toBe(two.ip);
  balancer.update(wantedPort([one, two, three], { affinitySeconds: 10 }));
  expect(choose()).toBe(two.ip);
});

test('policies: Local for whom they are meant, all endpoints for this node’s own', () => {
  const { balancer, choose, wanted } = start({ externalPolicyLocal: true, nodePort: 30_000 });
  balancer.update({ ...wanted, endpoints: { ...wanted.endpoints, cluster: [one], local: [three] } });
  expect([choose('a', 'external'), choose('here', 'external'), choose('a')]).toEqual([
    three.ip,
    one.ip,
    one.ip,
  ]);
  balancer.update({ ...wanted, endpoints: { ...wanted.endpoints, cluster: [one], local: [] } });
  expect([choose('a', 'external'), choose('here', 'external')]).toEqual([undefined, one.ip]);
});
