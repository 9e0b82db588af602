import { expect, test } from 'bun:test';
import { MemoryOutbox } from '@hawser/audit-nats/testing';
import { createRegistry, silentLogger } from '@hawser/observability';
import { FakeClock } from '@hawser/runtime';
import type { AgentFacts, TunnelFacts } from '../server-events.ts';
import { LoggedServerEvents } from '../server-events.ts';
import { PublishedServerEvents } from './published-server-events.ts';

const agent: AgentFacts = {
  agentID: 'node-1',
  identity: 'system:node:node-1',
  nodeName: 'node-1',
  protocol: 'yamux',
  remoteAddress: '127.0.1.1',
};
const request = {
  target: { host: '10.244.1.7', port: 80 },
  client: 'kube-apiserver',
  frontEnd: 'http-connect',
} as const;
const tunnel: TunnelFacts = { ...request, id: 7, agent };

function scene(maxWaiting?: number) {
  const outbox = new MemoryOutbox();
  const registry = createRegistry();
  const limit = maxWaiting === undefined ? {} : { maxWaiting };
  const events = new PublishedServerEvents({
    serverID: 'server-1',
    outbox,
    next: new LoggedServerEvents(silentLogger),
    registry,
    clock: new FakeClock(),
    logger: silentLogger,
    ...limit,
  });
  return { outbox, registry, events };
}

async function written(outbox: MemoryOutbox) {
  const records = await outbox.pending(1_000);
  return records.map(({ subject, body }) => ({
    what: subject.replace('hawser.konnectivity.', ''),
    ...JSON.parse(body),
  }));
}

test('the life of an agent and of a tunnel, with who, where to and how much', async () => {
  const { outbox, events } = scene();
  events.agentConnected(agent);
  events.tunnelOpened(tunnel);
  events.tunnelClosed(tunnel, { toTarget: 10, fromTarget: 2_000 }, 35);
  events.agentLost(agent, new Error('no answer for 16 s'));
  await events[Symbol.asyncDispose]();
  const all = await written(outbox);
  expect(all.map(({ what, subject }) => [what, subject])).toEqual([
    ['server.started', 'server-1'],
    ['agent.connected', 'node-1'],
    ['tunnel.opened', '10.244.1.7:80'],
    ['tunnel.closed', '10.244.1.7:80'],
    ['agent.lost', 'node-1'],
    ['server.stopped', 'server-1'],
  ]);
  expect(new Set(all.map(({ source }) => source))).toEqual(new Set(['/konnectivity/servers/server-1']));
  expect(all[1].data).toEqual(agent);
  expect(all[3].data).toEqual({ ...tunnel, bytes: { toTarget: 10, fromTarget: 2_000 }, durationMs: 35 });
  expect(all[4].data).toEqual({ ...agent, reason: 'no answer for 16 s' });
});

test('what is refused is recorded with the reason', async () => {
  const { outbox, events } = scene();
  events.agentRefused({
    agentID: 'x',
    remoteAddress: '10.0.0.9',
    code: 'Unauthenticated',
    reason: 'no credential',
  });
  events.claimsRejected(agent, [{ type: 'ipv4', value: '10.0.0.2', reason: 'other_node' }]);
  events.tunnelRefused(request, 'no_agent', 'no agent is connected');
  await events[Symbol.asyncDispose]();
  const all = await written(outbox);
  expect(all.slice(1, 4).map(({ what, data }) => ({ what, data }))).toEqual([
    {
      what: 'agent.refused',
      data: { agentID: 'x', remoteAddress: '10.0.0.9', code: 'Unauthenticated', reason: 'no credential' },
    },
    {
      what: 'agent.claims-rejected',
      data: { ...agent, claims: [{ type: 'ipv4', value: '10.0.0.2', reason: 'other_node' }], count: 1 },
    },
    { what: 'tunnel.refused', data: { ...request, reason: 'no_agent', message: 'no agent is connected' } },
  ]);
});

test('while too many wait, tunnels are lost and counted, agents are not', async () => {
  const { outbox, registry, events } = scene(2);
  for (let i = 0; i < 10; i += 1) events.tunnelOpened(tunnel);
  events.agentConnected(agent);
  await events[Symbol.asyncDispose]();
  const kinds = (await written(outbox)).map(({ what }) => what);
  expect(kinds).toEqual(['server.started', 'tunnel.opened', 'agent.connected', 'server.stopped']);
  const lost = await registry.getSingleMetric('hawser_events_lost_total')!.get();
  expect(lost.values[0]?.value).toBe(9);
});

test('names that others chose are cut', async () => {
  const { outbox, events } = scene();
  events.agentRefused({
    agentID: 'x'.repeat(5_000),
    remoteAddress: '10.0.0.9',
    code: 'Unauthenticated',
    reason: 'y'.repeat(5_000),
  });
  await events[Symbol.asyncDispose]();
  const [, refused] = await written(outbox);
  expect([refused.subject.length, refused.data.agentID.length, refused.data.reason.length]).toEqual([
    1_024, 1_024, 1_024,
  ]);
});
