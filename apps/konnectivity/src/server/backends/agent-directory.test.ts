import { expect, test } from 'bun:test';
import type { Node } from '@hawser/api';
import { parseRange } from '../identifiers/address-range.ts';
import { ClusterAddresses, placeOf } from '../identifiers/cluster-addresses.ts';
import type { Route } from '../identifiers/decide-claims.ts';
import { fakeAgent } from '../testing/fake-agent.ts';
import { AgentDirectory } from './agent-directory.ts';
import type { ProxyStrategy } from './proxy-strategy.ts';

const own = (to: string): Route => ({ to: parseRange(to) ?? to, granted: false });
const granted = (to: string): Route => ({ ...own(to), granted: true });

function node(name: string, addresses: string[], podCIDRs: string[] = []): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: { podCIDRs },
    status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
  };
}

const cluster = (...nodes: Node[]) =>
  new ClusterAddresses(
    nodes.flatMap((each) => placeOf(each) ?? []),
    { hubAddresses: ['192.0.2.1'], serviceRanges: [] },
  );

function ask(directory: AgentDirectory, host: string, ...strategies: ProxyStrategy[]): string[] {
  const order = strategies.length === 0 ? (['destHost'] as const) : strategies;
  return [...directory.candidates({ host, port: 1 }, order)].map(({ connection }) => connection.agentID);
}

const nodes = [node('n1', ['10.0.0.1'], ['10.244.1.0/24']), node('n2', ['10.0.0.2', '10.244.1.9'])];

test('a target goes to the agents of its Node, by address, by name, by range', () => {
  const directory = new AgentDirectory();
  directory.use(cluster(...nodes));
  directory.add(
    fakeAgent('a1', { nodeName: 'n1', routes: [own('10.0.0.1'), own('n1'), own('10.244.1.0/24')] }),
  );
  directory.add(fakeAgent('a2', { nodeName: 'n2', routes: [own('10.0.0.2'), own('n2')] }));
  expect(ask(directory, '10.0.0.1')).toEqual(['a1']);
  expect(ask(directory, '::ffff:10.0.0.1')).toEqual(['a1']);
  expect(ask(directory, 'N2.')).toEqual(['a2']);
  expect(ask(directory, '10.244.1.7')).toEqual(['a1']);
  expect(ask(directory, '10.0.0.3')).toEqual([]);
});

test('what two Nodes say to be theirs is neither’s, also within a range', () => {
  const directory = new AgentDirectory();
  directory.use(cluster(...nodes));
  directory.add(fakeAgent('a1', { nodeName: 'n1', routes: [own('10.244.1.0/24')] }));
  directory.add(fakeAgent('a2', { nodeName: 'n2', routes: [own('10.244.1.9')] }));
  expect(ask(directory, '10.244.1.9')).toEqual([]);
  directory.use(cluster(nodes[0]!));
  expect(ask(directory, '10.244.1.9')).toEqual(['a1']);
});

test('what is granted needs no Node, and the longest range comes first', () => {
  const directory = new AgentDirectory();
  directory.add(fakeAgent('wide', { routes: [granted('10.0.0.0/8')] }));
  directory.add(fakeAgent('narrow', { routes: [granted('10.1.0.0/16'), granted('db.example.com')] }));
  expect(ask(directory, '10.1.2.3')).toEqual(['narrow', 'wide']);
  expect(ask(directory, '10.2.2.3')).toEqual(['wide']);
  expect(ask(directory, 'db.example.com')).toEqual(['narrow']);
});

test('strategies are asked in their order', () => {
  const directory = new AgentDirectory();
  directory.add(fakeAgent('host', { routes: [granted('10.0.0.1')] }));
  directory.add(fakeAgent('route', { routes: [{ to: 'default-route', granted: true }] }));
  expect(ask(directory, '10.0.0.1', 'destHost', 'defaultRoute')).toEqual(['host', 'route']);
  expect(ask(directory, '10.0.0.1', 'defaultRoute', 'destHost')).toEqual(['route', 'host']);
  expect(ask(directory, '10.0.0.9', 'destHost', 'defaultRoute')).toEqual(['route']);
  expect(ask(directory, '10.0.0.9', 'default').sort()).toEqual(['host', 'route']);
  const counts = (['destHost', 'defaultRoute', 'default'] as const).map((each) => directory.count(each));
  expect(counts).toEqual([1, 1, 2]);
});

test('equals take turns, those that drain or are gone are left out', () => {
  const directory = new AgentDirectory();
  const agents = ['a', 'b', 'c'].map((id) => fakeAgent(id, { routes: [granted('10.0.0.1')] }));
  for (const agent of agents) directory.add(agent);
  const firsts = () => new Set([1, 2, 3].map(() => ask(directory, '10.0.0.1')[0]));
  expect(firsts()).toEqual(new Set(['a', 'b', 'c']));
  agents[0]!.connection.draining = true;
  directory.remove(agents[1]!);
  expect(ask(directory, '10.0.0.1')).toEqual(['c']);
  directory.remove(agents[2]!);
  expect(ask(directory, '10.0.0.1')).toEqual([]);
  expect(directory.size).toBe(1);
});

test('of several links of one agent the latest comes first', () => {
  const directory = new AgentDirectory();
  const [old, fresh] = [1, 2].map(() => fakeAgent('a', { routes: [granted('10.0.0.1')] }));
  directory.add(old!);
  directory.add(fresh!);
  expect([...directory.candidates({ host: '10.0.0.1', port: 1 }, ['destHost'])]).toEqual([fresh!, old!]);
});

test('who takes the ID of an agent of another Node is another agent, whatever account they share', () => {
  const directory = new AgentDirectory();
  const agents = ['n1', 'n2'].map((nodeName) => {
    const agent = fakeAgent('a', { routes: [{ to: 'default-route', granted: true }] });
    return { ...agent, identity: { ...agent.identity, nodeName } };
  });
  for (const agent of agents) directory.add(agent);
  const first = () => [...directory.candidates({ host: '10.0.0.1', port: 1 }, ['defaultRoute'])][0];
  expect(new Set([first(), first()])).toEqual(new Set(agents));
});

test('another decision is another traffic', () => {
  const directory = new AgentDirectory();
  const agent = fakeAgent('a', {
    routes: [granted('10.0.0.1'), granted('n'), { to: 'default-route', granted: true }],
  });
  directory.add(agent);
  directory.decide(agent, { routes: [granted('10.0.0.2')], rejected: [] });
  expect(ask(directory, '10.0.0.1', 'destHost', 'defaultRoute')).toEqual([]);
  expect(ask(directory, 'n')).toEqual([]);
  expect(ask(directory, '10.0.0.2')).toEqual(['a']);
});
