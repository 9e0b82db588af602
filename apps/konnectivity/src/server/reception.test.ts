import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { once } from 'node:events';
import tls, { type TLSSocket } from 'node:tls';
import {
  answer,
  eventually,
  refusal,
  TestAuthority,
  type TestIdentity,
  TestServer,
} from '@hawser/client/testing';
import { encodePrivateKey, generateKeyPair, signCertificate } from '@hawser/pki';
import { FakeClock } from '@hawser/runtime';
import type { AgentHello } from '../link/agent-connection.ts';
import { listenForAgents } from './agent-port.ts';
import { AgentAuthenticator } from './authentication/agent-authenticator.ts';
import { CredentialWatch } from './authentication/credential-watch.ts';
import { TokenReviewer } from './authentication/token-reviewer.ts';
import { AgentDirectory } from './backends/agent-directory.ts';
import { ClusterAddresses, placeOf } from './identifiers/cluster-addresses.ts';
import { parseAgentGrants } from './identifiers/grants.ts';
import type { TlsPort } from './listeners/tls-port.ts';
import { Reception } from './reception.ts';
import { ServerMetrics } from './server-metrics.ts';
import { fakeAgent } from './testing/fake-agent.ts';
import { LINE_PROTOCOL, readLine, serveLines } from './testing/line-protocol.ts';
import { RecordedEvents } from './testing/recorded-events.ts';

const AUDIENCE = 'system:konnectivity-server';
const [clusterCa, serverCa, foreignCa] = [
  new TestAuthority('cluster'),
  new TestAuthority('k'),
  new TestAuthority('cluster'),
];
const server = serverCa.issue('konnectivity-server');
const node1 = clusterCa.issue('system:node:node-1', ['system:nodes']);
const NODES = 'system:nodes';

/** What the API server says of tokens: the token is the user that it names. */
const users: Record<string, { username: string; audiences?: string[]; node?: string }> = {
  good: { username: 'system:serviceaccount:kube-system:konnectivity-agent', node: 'node-1' },
  unbound: { username: 'system:serviceaccount:kube-system:konnectivity-agent' },
  other: { username: 'system:serviceaccount:default:konnectivity-agent' },
  person: { username: 'alice' },
  audience: {
    username: 'system:serviceaccount:kube-system:konnectivity-agent',
    audiences: ['https://kubernetes'],
  },
  none: { username: 'system:serviceaccount:kube-system:konnectivity-agent', audiences: [] },
};

interface SetUp extends AsyncDisposable {
  readonly port: TlsPort;
  readonly reception: Reception;
  readonly directory: AgentDirectory;
  readonly events: RecordedEvents;
  readonly metrics: ServerMetrics;
  readonly clock: FakeClock;
  readonly revoked: Set<string>;
  /** How many connections have come as far as their protocol. */
  readonly served: () => number;
}

async function setUp(limits: { maxStrangers?: number; maxNodeLinks?: number } = {}): Promise<SetUp> {
  await using stack = new AsyncDisposableStack();
  const clock = new FakeClock(new Date());
  const revoked = new Set<string>();
  const api = stack.use(
    await TestServer.start(({ body }, response) => {
      const { token, audiences } = JSON.parse(body).spec;
      expect(audiences).toEqual([AUDIENCE]);
      if (token === 'broken') return answer(response, 500, refusal(500, 'InternalError'));
      const user = users[token];
      if (user === undefined || revoked.has(token))
        return answer(response, 201, { status: { authenticated: false } });
      const extra = user.node === undefined ? {} : { 'authentication.kubernetes.io/node-name': [user.node] };
      const status = {
        authenticated: true,
        user: { username: user.username, extra },
        audiences: user.audiences ?? audiences,
      };
      answer(response, 201, { status });
    }),
  );
  const client = stack.use(api.client());
  const [directory, events, metrics] = [new AgentDirectory(), new RecordedEvents(), new ServerMetrics()];
  const account = { agentNamespace: 'kube-system', agentServiceAccount: 'konnectivity-agent' };
  const tokens = new TokenReviewer({ client, audience: AUDIENCE, ...account });
  const grants = parseAgentGrants(['edge=10.50.0.0/16'], []);
  const reception = new Reception({
    ...{ ...limits, serverID: 'server-1', serverCount: () => 2, directory, events, metrics, grants, clock },
    authenticator: new AgentAuthenticator({ grants, tokens, clock }),
    credentials: new CredentialWatch({ tokens, clock }),
    rules: { serveNodePodCidrs: true },
  });
  let served = 0;
  const port = stack.use(
    await listenForAgents({
      ...{ host: '127.0.0.1', port: 0, reception, keepAliveMs: 1_000, clock, tls: { minVersion: 'TLSv1.2' } },
      material: { ...server, clientCa: clusterCa.certificate },
      protocols: {
        [LINE_PROTOCOL]: (...link) => {
          served += 1;
          serveLines(...link);
        },
      },
    }),
  );
  const owned = stack.move();
  return {
    ...{ port, reception, directory, events, metrics, clock, revoked, served: () => served },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function connect({ port }: SetUp, identity: Partial<TestIdentity>, alpn = LINE_PROTOCOL): Promise<TLSSocket> {
  const trust = { ca: serverCa.certificate, ALPNProtocols: [alpn] };
  const socket = tls.connect({ host: '127.0.0.1', port: port.port, ...trust, ...identity });
  return once(socket, 'secureConnect').then(() => socket);
}

/** What the server says to an agent: its own hello, or why it is turned away. */
async function introduce(to: SetUp, identity: Partial<TestIdentity>, hello: Partial<AgentHello> = {}) {
  const socket = await connect(to, identity);
  const said = readLine(socket);
  socket.write(`${JSON.stringify({ agentID: 'a', identifiers: '', ...hello })}\n`);
  return { socket, answer: JSON.parse(await said) as { serverID?: string; code?: string; message?: string } };
}

/** A certificate that the cluster's CA has signed for something else. */
function forServers(): TestIdentity {
  const keyPair = generateKeyPair('ecdsa-p256');
  const cert = signCertificate({
    ca: clusterCa.authority,
    publicKey: keyPair.publicKey,
    subject: { commonName: 'system:node:node-1', organizations: [NODES] },
    sans: { dnsNames: ['node-1'] },
    usages: ['digital signature', 'server auth'],
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
  });
  return { cert, key: encodePrivateKey(keyPair) };
}

let shared: SetUp;
beforeAll(async () => {
  shared = await setUp();
});
afterAll(() => shared[Symbol.asyncDispose]());

const admitted: { who: string; identity?: TestIdentity; token?: string }[] = [
  { who: 'a node by its certificate', identity: node1 },
  { who: 'whom something is granted to, by certificate', identity: clusterCa.issue('edge') },
  { who: 'the service account by its token', token: 'good' },
  { who: 'the service account by a token of no node', token: 'unbound' },
];
describe('lets in', () => {
  for (const { who, identity = {}, token } of admitted)
    test(who, async () => {
      const { socket, answer } = await introduce(shared, identity, token === undefined ? {} : { token });
      expect(answer).toEqual({ serverID: 'server-1', serverCount: 2 } as object);
      socket.destroy();
    });
});

const refused: {
  who: string;
  identity?: TestIdentity;
  hello?: Partial<AgentHello>;
  code: string;
  says: string;
}[] = [
  { who: 'nobody', code: 'Unauthenticated', says: 'a client certificate or a token is needed' },
  {
    who: 'a node of another CA of the same name',
    identity: foreignCa.issue('system:node:node-1', [NODES]),
    code: 'Unauthenticated',
    says: 'not signed by a CA for clients',
  },
  {
    who: 'a certificate of another CA, whatever its token',
    identity: foreignCa.issue('system:node:node-1', [NODES]),
    hello: { token: 'good' },
    code: 'Unauthenticated',
    says: 'not signed by a CA for clients',
  },
  {
    who: "the server's own certificate",
    identity: server,
    code: 'Unauthenticated',
    says: 'not signed by a CA for clients',
  },
  {
    who: "a node's serving certificate",
    identity: forServers(),
    code: 'Unauthenticated',
    says: 'not signed by a CA for clients',
  },
  {
    who: 'an administrator',
    identity: clusterCa.issue('admin', ['system:masters']),
    code: 'PermissionDenied',
    says: '"admin" is no node',
  },
  {
    who: 'a node by name only',
    identity: clusterCa.issue('system:node:node-1'),
    code: 'PermissionDenied',
    says: 'is no node',
  },
  {
    who: 'a node without a name',
    identity: clusterCa.issue('system:node:', [NODES]),
    code: 'PermissionDenied',
    says: 'is no node',
  },
  {
    who: 'a token that is not good',
    hello: { token: 'made-up' },
    code: 'Unauthenticated',
    says: 'service account jwt not valid',
  },
  {
    who: 'a token for another audience',
    hello: { token: 'audience' },
    code: 'Unauthenticated',
    says: 'not for system:konnectivity-server',
  },
  {
    who: 'a token of a server without audiences',
    hello: { token: 'none' },
    code: 'Unauthenticated',
    says: 'not for system:konnectivity-server',
  },
  {
    who: 'a token of another namespace',
    hello: { token: 'other' },
    code: 'Unauthenticated',
    says: 'system:serviceaccount:default',
  },
  { who: "a person's token", hello: { token: 'person' }, code: 'Unauthenticated', says: '"alice"' },
  {
    who: 'a token that cannot be checked',
    hello: { token: 'broken' },
    code: 'Unavailable',
    says: 'cannot be checked now',
  },
  {
    who: 'an agent without an ID',
    identity: node1,
    hello: { agentID: '' },
    code: 'InvalidArgument',
    says: 'agent ID',
  },
  {
    who: 'an agent whose ID breaks lines',
    identity: node1,
    hello: { agentID: 'a\nb' },
    code: 'InvalidArgument',
    says: 'agent ID',
  },
  {
    who: 'an agent that says too much',
    identity: node1,
    hello: { identifiers: `host=${'a'.repeat(70_000)}` },
    code: 'InvalidArgument',
    says: 'too long',
  },
];
describe('turns away', () => {
  for (const { who, identity = {}, hello = {}, code, says } of refused)
    test(who, async () => {
      const { answer } = await introduce(shared, identity, { agentID: 'nobody', ...hello });
      expect(answer).toEqual({ code, message: expect.stringContaining(says) });
      expect(shared.events.lines.at(-1)).toContain(`${code} `);
      expect(shared.events.lines.filter((line) => line.startsWith('connected nobody'))).toEqual([]);
    });
});

test('tells of so many who are turned away, and how many more there were', async () => {
  await using set = await setUp();
  const told: (number | undefined)[] = [];
  set.events.agentRefused = ({ unreported }) => void told.push(unreported);
  const socket = { getPeerCertificate: () => undefined } as unknown as TLSSocket;
  const refuse = () => set.reception.admit({ agentID: 'a', identifiers: '' }, socket).catch(() => {});
  for (let i = 0; i < 150; i += 1) await refuse();
  expect(told).toEqual(Array(100).fill(undefined));
  set.clock.advance(1_000);
  await refuse();
  expect(told.slice(100)).toEqual([50]);
  const text = await set.metrics.registry.metrics();
  expect(text).toContain('refused_agents_total{code="Unauthenticated"} 151');
});

test('speaks no other protocol', async () => {
  const error = await connect(shared, node1, 'http/1.1').catch((cause: Error) => cause);
  expect(String(error)).toContain('NO_APPLICATION_PROTOCOL');
});

test('gives up who does not introduce himself', async () => {
  await using set = await setUp();
  const socket = await connect(set, node1);
  socket.on('error', () => {}).resume();
  await eventually(() => set.served() === 1);
  set.clock.advance(15_000);
  await once(socket, 'close');
});

test('strangers can take only so much room, and agents none of it', async () => {
  await using set = await setUp({ maxStrangers: 2 });
  const { socket: agent } = await introduce(set, node1);
  await eventually(() => set.directory.size === 1);
  const strangers = [await connect(set, {}), await connect(set, {})];
  await eventually(() => set.served() === 3);
  const late = await connect(set, {});
  late.on('error', () => {}).resume();
  await new Promise((resolve) => late.once('close', resolve));
  expect(set.served()).toBe(3);
  expect((await introduce(set, node1)).answer.serverID).toBe('server-1');
  for (const stranger of strangers) stranger.destroy();
  const again = () => introduce(set, {}, { token: 'good' }).catch(() => undefined);
  while ((await again()) === undefined);
  expect(agent.destroyed).toBe(false);
});

test('the agents of one Node can have only so many links', async () => {
  await using set = await setUp({ maxNodeLinks: 2 });
  const { socket } = await introduce(set, node1);
  expect((await introduce(set, {}, { token: 'good' })).answer.serverID).toBe('server-1');
  await eventually(() => set.directory.size === 2);
  const message = 'the agents of node-1 have 2 links already';
  expect((await introduce(set, node1)).answer).toEqual({ code: 'Unavailable', message });
  const node2 = clusterCa.issue('system:node:node-2', [NODES]);
  expect((await introduce(set, node2)).answer.serverID).toBe('server-1');
  socket.destroy();
  await eventually(() => set.directory.countNode('node-1') === 1);
  expect((await introduce(set, node1)).answer.serverID).toBe('server-1');
});

describe('a link ends', () => {
  test('when its certificate does', async () => {
    await using set = await setUp();
    const { socket } = await introduce(set, node1);
    await eventually(() => set.directory.size === 1);
    set.clock.advance(3_500_000);
    expect(set.directory.size).toBe(1);
    set.clock.advance(200_000);
    await once(socket, 'close');
    await eventually(() => set.events.lines.at(-1) === 'lost a the certificate has expired');
  });

  test('when its token is revoked', async () => {
    await using set = await setUp();
    const { socket } = await introduce(set, {}, { token: 'good' });
    await eventually(() => set.directory.size === 1);
    set.revoked.add('good');
    set.clock.advance(60_000);
    await once(socket, 'close');
    await eventually(() => set.events.lines.at(-1)!.includes('service account jwt not valid'));
    expect(set.directory.size).toBe(0);
  });

  test('when its CA is not trusted any more', async () => {
    await using set = await setUp();
    const { socket } = await introduce(set, node1);
    await eventually(() => set.directory.size === 1);
    set.reception.recheck(() => false);
    await once(socket, 'close');
  });

  test('when its CA was taken away after its handshake', async () => {
    await using set = await setUp();
    const socket = await connect(set, node1);
    await eventually(() => set.served() === 1);
    set.reception.recheck(({ name }) => name !== 'system:node:node-1');
    socket.on('error', () => {}).resume();
    socket.write(`${JSON.stringify({ agentID: 'a', identifiers: '' })}\n`);
    await once(socket, 'close');
    await eventually(() => set.directory.size === 0 && set.events.lines.at(-1)!.startsWith('lost a'));
  });
});

test('decides claims anew when the cluster changes', async () => {
  await using set = await setUp();
  const ask = (host: string) => [...set.directory.candidates({ host, port: 1 }, ['destHost'])].length;
  await introduce(set, node1, { identifiers: 'ipv4=10.0.0.1&ipv4=10.0.0.2&cidr=bad' });
  await eventually(() => set.directory.size === 1);
  expect(set.events.lines.at(-1)).toBe(
    'rejected a bad:malformed,10.0.0.1:nodes_unknown,10.0.0.2:nodes_unknown',
  );
  const use = (...addresses: string[]) => {
    const status = { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) };
    const place = placeOf({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' }, status });
    set.reception.useCluster(new ClusterAddresses([place!], { hubAddresses: [], serviceRanges: [] }));
  };
  expect(ask('10.0.0.1')).toBe(0);
  use('10.0.0.1');
  expect(ask('10.0.0.1')).toBe(1);
  expect(set.events.lines.at(-1)).toBe('rejected a 10.0.0.2:not_of_node');
  use('10.0.0.2');
  expect([ask('10.0.0.1'), ask('10.0.0.2')]).toEqual([0, 1]);
  const text = await set.metrics.registry.metrics();
  expect(text).toContain('rejected_identifiers_total{type="ipv4",reason="not_of_node"} 2');
});

test('lets agents look for another server when it drains', async () => {
  await using set = await setUp();
  const agent = fakeAgent('a');
  set.directory.add(agent);
  set.reception.drain();
  expect(agent.connection.toldToGo).toBe(true);
});

test('tells an agent that was being let in when it began to drain', async () => {
  await using set = await setUp();
  const socket = { getPeerCertificate: () => undefined } as unknown as TLSSocket;
  const take = await set.reception.admit({ agentID: 'a', identifiers: '', token: 'good' }, socket);
  set.reception.drain();
  const { connection } = fakeAgent('a');
  take(connection);
  expect(connection.toldToGo).toBe(true);
});

test('lets nobody in while it drains', async () => {
  await using set = await setUp();
  set.reception.drain();
  const { answer } = await introduce(set, node1);
  expect(answer).toEqual({ code: 'Unavailable', message: 'the server is shutting down' });
});
