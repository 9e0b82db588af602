import { expect, test } from 'bun:test';
import { FakeClock } from '@hawser/runtime';
import { TunnelError, type TunnelRequest } from '../link/front-end.ts';
import { AgentTunnels } from './agent-tunnels.ts';
import { AgentDirectory } from './backends/agent-directory.ts';
import { parseRange } from './identifiers/address-range.ts';
import { ServerMetrics } from './server-metrics.ts';
import { fakeAgent } from './testing/fake-agent.ts';
import { RecordedEvents } from './testing/recorded-events.ts';

const request: TunnelRequest = {
  target: { host: '10.0.0.1', port: 10250 },
  client: 'hub',
  frontEnd: 'http-connect',
};
const here = () => new AbortController().signal;
const toNode = [{ to: parseRange('10.0.0.1')!, granted: true }];

function setUp(...ids: string[]) {
  const [clock, events, metrics, directory] = [
    new FakeClock(),
    new RecordedEvents(),
    new ServerMetrics(),
    new AgentDirectory(),
  ];
  const agents = ids.map((id) => fakeAgent(id, { routes: toNode }));
  for (const agent of agents) directory.add(agent);
  const tunnels = new AgentTunnels({
    ...{ serverID: 'server-1', strategies: ['destHost'], dialTimeoutMs: 1_800 },
    ...{ directory, events, metrics, clock },
  });
  const count = async (name: string) => {
    const text = await metrics.registry.metrics();
    const line = text
      .split('\n')
      .find((each) => each.startsWith(`konnectivity_network_proxy_server_${name} `));
    return Number(line?.split(' ').pop());
  };
  const failures = (reason: string) => count(`dial_failure_count{reason="${reason}"}`);
  const connections = agents.map(({ connection }) => connection);
  return { clock, directory, events, tunnels, count, failures, connections };
}

const failureOf = (opened: Promise<unknown>) =>
  opened.then(
    () => undefined,
    (error: TunnelError) => error,
  );

test('opens a tunnel, and counts it until it ends', async () => {
  const { tunnels, events, count } = setUp('a');
  const tunnel = await tunnels.open(request, here());
  expect(await count('established_connections')).toBe(1);
  tunnel.ended({ toTarget: 3, fromTarget: 5 });
  tunnel.ended({ toTarget: 9, fromTarget: 9 });
  expect(await count('established_connections')).toBe(0);
  expect(await count('tunnel_bytes_total{direction="from_target"}')).toBe(5);
  expect(await count('dial_duration_seconds_count')).toBe(1);
  expect(events.lines).toEqual(['opened 1 hub a 10.0.0.1:10250', 'closed 1 3 5 in order']);
});

test('asks another agent when one goes before it has answered', async () => {
  const { tunnels, connections, failures } = setUp('a', 'b');
  for (const connection of connections) connection.answer = 'gone';
  connections[0]!.answer = 'connected';
  for (let i = 0; i < 4; i += 1) expect((await tunnels.open(request, here())).agentID).toBe('a');
  expect(connections[1]!.dialled.length).toBe(2);
  expect(await failures('backend_close')).toBe(2);
  connections[0]!.answer = 'gone';
  const error = await failureOf(tunnels.open(request, here()));
  expect(error).toMatchObject({ reason: 'backend_close' });
});

test('what the target refuses is not asked for again', async () => {
  const { tunnels, connections, failures, events } = setUp('a', 'b');
  for (const connection of connections) connection.answer = 'refused';
  const error = await failureOf(tunnels.open(request, here()));
  expect(error).toBeInstanceOf(TunnelError);
  expect(error?.message).toMatch(
    /^konnectivity tunnel \(server server-1\): agent [ab] cannot reach 10\.0\.0\.1:10250: .*refused$/,
  );
  expect(connections.flatMap(({ dialled }) => dialled).length).toBe(1);
  expect(await failures('error_response')).toBe(1);
  expect(events.lines).toEqual(['tunnel refused 10.0.0.1:10250 error_response']);
});

test('says that no agent is there for a target', async () => {
  const { tunnels, failures } = setUp('a');
  const target = { host: '10.0.0.2', port: 80 };
  const error = await failureOf(tunnels.open({ ...request, target }, here()));
  expect(error?.message).toBe(
    'konnectivity tunnel (server server-1): no agent is connected that serves 10.0.0.2',
  );
  expect(await failures('no_agent')).toBe(1);
});

test('says that agents are there that may serve nothing', async () => {
  const { tunnels, directory } = setUp('a');
  directory.add(fakeAgent('unbound'));
  const target = { host: '10.0.0.2', port: 80 };
  const error = await failureOf(tunnels.open({ ...request, target }, here()));
  expect(error?.message).toContain(
    'no agent is connected that serves 10.0.0.2 (1 of 2 agents connected may serve',
  );
});

test('ten thousand dials that nobody answers time out, are counted, and leave nothing behind', async () => {
  const { tunnels, connections, clock, count, failures } = setUp('a');
  connections[0]!.answer = 'silent';
  const signal = here();
  const opened = Array.from({ length: 10_000 }, () => failureOf(tunnels.open(request, signal)));
  expect(await count('pending_backend_dials')).toBe(10_000);
  clock.advance(1_800);
  expect(new Set((await Promise.all(opened)).map((error) => error?.reason))).toEqual(
    new Set(['backend_dial_timeout']),
  );
  expect(await count('pending_backend_dials')).toBe(0);
  expect(await failures('backend_dial_timeout')).toBe(10_000);
});

test('a client that goes takes its dial along', async () => {
  const { tunnels, connections, failures } = setUp('a');
  connections[0]!.answer = 'silent';
  const client = new AbortController();
  const opened = failureOf(tunnels.open(request, client.signal));
  client.abort();
  expect((await opened)?.reason).toBe('frontend_close');
  expect((await failureOf(tunnels.open(request, client.signal)))?.reason).toBe('frontend_close');
  expect(await failures('frontend_close')).toBe(2);
});

test('drains: no new tunnel, and an end when the last has ended', async () => {
  const { tunnels } = setUp('a');
  const tunnel = await tunnels.open(request, here());
  let drained = false;
  const draining = tunnels.drain().then(() => {
    drained = true;
  });
  expect((await failureOf(tunnels.open(request, here())))?.message).toContain('the server is shutting down');
  expect(drained).toBe(false);
  tunnel.ended({ toTarget: 0, fromTarget: 0 });
  await draining;
});

test('an agent that was silent for the whole of a dial is not waited for again until it has said something', async () => {
  const { tunnels, connections, clock } = setUp('a');
  const [connection] = connections;
  connection!.answer = 'silent';
  const client = new AbortController();
  const opened = failureOf(tunnels.open(request, client.signal));
  clock.advance(1_700);
  client.abort();
  expect(await opened).toMatchObject({ reason: 'frontend_close' });
  expect(await failureOf(tunnels.open(request, here()))).toMatchObject({
    reason: 'backend_dial_timeout',
    message: 'konnectivity tunnel (server server-1): agent a does not answer',
  });
  expect(connection!.dialled.length).toBe(1);
  connection!.bytesHeard += 1;
  connection!.answer = 'connected';
  expect((await tunnels.open(request, here())).agentID).toBe('a');
});

test('an agent that was silent until the server gave up is not waited for again either', async () => {
  const { tunnels, connections, clock } = setUp('a');
  connections[0]!.answer = 'silent';
  const opened = failureOf(tunnels.open(request, here()));
  clock.advance(1_800);
  expect((await opened)?.message).toEndWith('timed out waiting for backend dial');
  expect((await failureOf(tunnels.open(request, here())))?.message).toEndWith('agent a does not answer');
});

test('an agent that said something meanwhile, or was hardly waited for, is asked again', async () => {
  const { tunnels, connections, clock } = setUp('a');
  const [connection] = connections;
  connection!.answer = 'silent';
  for (const { waitMs, bytes } of [
    { waitMs: 1_700, bytes: 1 },
    { waitMs: 500, bytes: 0 },
  ]) {
    const client = new AbortController();
    const opened = failureOf(tunnels.open(request, client.signal));
    connection!.bytesHeard += bytes;
    clock.advance(waitMs);
    client.abort();
    await opened;
  }
  connection!.answer = 'connected';
  expect((await tunnels.open(request, here())).agentID).toBe('a');
});
