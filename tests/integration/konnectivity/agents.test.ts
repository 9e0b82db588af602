import { expect, test } from 'bun:test';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createCertificateAuthority } from '@hawser/pki';
import { eventually } from '../../cluster/eventually.ts';
import { Constellation, type ConstellationOptions } from './constellation.ts';
import { converse, EchoTarget, exchange } from './echo-target.ts';
import { TcpBalancer } from './tcp-balancer.ts';

const TEST_TIMEOUT_MS = 60_000;

function constellationTest(
  name: string,
  options: ConstellationOptions,
  body: (constellation: Constellation) => Promise<void>,
): void {
  const run = async () => {
    await using constellation = await Constellation.start(options);
    try {
      await body(constellation);
    } catch (error) {
      constellation.keep();
      throw error;
    }
  };
  test(name, run, TEST_TIMEOUT_MS);
}

/** Goes through a server to where one agent is for. */
async function reaches(constellation: Constellation, server: number, target: EchoTarget): Promise<void> {
  const stream = await constellation.dial(server, target);
  expect(await exchange(stream, 'hello')).toBe(`${target.host}\nhello`);
}

const protocols = ['yamux', 'grpc'] as const;
for (const protocol of protocols)
  constellationTest(
    `two servers and three agents survive the loss of any one (${protocol})`,
    { servers: 2, agents: 3, agentFlags: ['--protocol', protocol] },
    async (constellation) => {
      await using first = await EchoTarget.start('127.0.3.1');
      await using second = await EchoTarget.start('127.0.3.2');
      await using third = await EchoTarget.start('127.0.3.3');
      const all = [first, second, third];
      for (const server of [1, 2]) for (const target of all) await reaches(constellation, server, target);

      await constellation.servers[0]!.kill9();
      for (const target of all) await reaches(constellation, 2, target);
      constellation.servers[0]!.start();
      await constellation.allConnected();
      for (const target of all) await reaches(constellation, 1, target);

      await constellation.agents[0]!.kill9();
      for (const server of [1, 2]) {
        for (const target of [second, third]) await reaches(constellation, server, target);
        await expect(constellation.dial(server, first)).rejects.toThrow('127.0.3.1');
      }
      constellation.agents[0]!.start();
      await eventually(async () => {
        for (const server of [1, 2]) await reaches(constellation, server, first);
        return true;
      });
    },
  );

/** What stands before two servers: agents call one address, and are spread over both. */
const BALANCED = '127.0.2.100';

async function balance({ pki, ports }: Constellation): Promise<TcpBalancer> {
  const port = ports.konnectivityAgents;
  const hosts = ['127.0.2.1', '127.0.2.2'];
  for (const [index, host] of hosts.entries()) pki.server(`server-${index + 1}`, [host, BALANCED]);
  return await TcpBalancer.start(
    { host: BALANCED, port },
    hosts.map((host) => ({ host, port })),
  );
}

test(
  'behind one address agents find every server, and each again that comes back',
  async () => {
    await using stack = new AsyncDisposableStack();
    const prepare = async (self: Constellation) => void stack.use(await balance(self));
    const options = { servers: 2, agents: 3, proxyServerHost: BALANCED, prepare };
    const constellation = stack.use(await Constellation.start(options));
    await using target = await EchoTarget.start('127.0.3.2');
    for (const server of [1, 2]) await reaches(constellation, server, target);
    await constellation.servers[1]!.kill9();
    await constellation.allConnected();
    constellation.servers[1]!.start();
    await constellation.allConnected();
    await reaches(constellation, 2, target);
  },
  TEST_TIMEOUT_MS,
);

test(
  'while a server drains, its agents are with the next one already, and its tunnels run on',
  async () => {
    await using stack = new AsyncDisposableStack();
    const prepare = async (self: Constellation) => void stack.use(await balance(self));
    const serverFlags = () => ['--server-count', '1'];
    const shared = { servers: 2, agents: 1, proxyServerHost: BALANCED, prepare, serverFlags };
    const constellation = stack.use(await Constellation.start({ ...shared, untilReady: false }));
    await constellation.connected(1, 1);
    const { servers } = constellation;
    const first = servers.findIndex((server) => server.log().includes('"agent connected"')) + 1;
    await using target = await EchoTarget.start('127.0.3.1');
    const stream = await constellation.dial(first, target);
    await once(stream, 'data');
    const stopped = servers[first - 1]!.stop();
    await eventually(() => servers[2 - first]!.log().includes('"agent connected"'));
    await reaches(constellation, 3 - first, target);
    expect(await converse(stream, 'last words')).toBe('last words');
    await stopped;
    await constellation.connected(1, 1);
  },
  TEST_TIMEOUT_MS,
);

constellationTest(
  'a tunnel that runs outlives the loss of the other server',
  { servers: 2, agents: 1 },
  async (constellation) => {
    await using target = await EchoTarget.start('127.0.3.1');
    const stream = await constellation.dial(2, target);
    await constellation.servers[0]!.kill9();
    expect(await converse(stream, 'still there')).toBe('127.0.3.1\nstill there');
  },
);

constellationTest(
  'after a restart of the server agents are back within two seconds, and the next request works',
  { servers: 1, agents: 3 },
  async (constellation) => {
    await using target = await EchoTarget.start('127.0.3.2');
    await reaches(constellation, 1, target);
    const [server] = constellation.servers;
    const runs = () => server!.log().split('"msg":"serving"').length;
    for (const end of [() => server!.kill9(), () => server!.stop()]) {
      await end();
      for (const agent of [1, 2, 3]) await constellation.connected(agent, 0);
      // So many tries in vain that waits have grown as far as they do in the first minute.
      const before = await failuresOf(constellation, 1);
      await eventually(async () => (await failuresOf(constellation, 1)) >= before + 4);
      const runsBefore = runs();
      server!.start();
      await eventually(() => runs() > runsBefore);
      await constellation.allConnected(2_000);
      await reaches(constellation, 1, target);
    }
  },
);

/** How often an agent could not make a link. */
async function failuresOf(constellation: Constellation, agent: number): Promise<number> {
  const name = 'konnectivity_network_proxy_agent_server_connection_failure_count{direction="to_server"}';
  return (await constellation.agentMetric(agent, name)) ?? 0;
}

constellationTest(
  'a server of another CA is refused, and its agents say so',
  {
    servers: 1,
    agents: 1,
    untilReady: false,
    prepare: ({ pki }) => {
      const period = { notBefore: new Date(Date.now() - 1_000), notAfter: new Date(Date.now() + 3_600_000) };
      pki.server(
        'server-1',
        ['127.0.2.1'],
        createCertificateAuthority({ subject: { commonName: 'servers' }, ...period }),
      );
    },
  },
  refusesServer,
);

constellationTest(
  'a server with a certificate for another name is refused, and its agents say so',
  {
    servers: 1,
    agents: 1,
    untilReady: false,
    prepare: ({ pki }) => void pki.server('server-1', ['127.0.2.9']),
  },
  refusesServer,
);

async function refusesServer(constellation: Constellation): Promise<void> {
  await eventually(() => constellation.agents[0]!.log().includes('tls: failed to verify 127.0.2.1'));
  expect(await constellation.agentHealth(1, '/healthz')).toEqual({ status: 200, text: 'ok' });
  expect(await constellation.agentHealth(1, '/readyz')).toEqual({
    status: 503,
    text: '[+]ping ok\n[-]server-connected failed: no servers connected\n',
  });
  expect(constellation.agents[0]!.running).toBe(true);
}

constellationTest(
  'an agent whose certificate is not there yet waits for it',
  {
    servers: 1,
    agents: 1,
    untilReady: false,
    prepare: (constellation) => rmSync(constellation.agentFile(1)),
  },
  async (constellation) => {
    const [agent] = constellation.agents;
    await eventually(() => agent!.log().includes('waiting for what the agent shows to servers'));
    expect((await constellation.agentHealth(1, '/readyz')).status).toBe(503);
    constellation.pki.writeAgent(constellation.agentFile(1), 'agent-1');
    await constellation.connected(1, 1);
    expect(agent!.log().split('waiting for what the agent shows').length).toBe(2);
    expect(await constellation.agentHealth(1, '/readyz')).toEqual({ status: 200, text: 'ok' });
  },
);

for (const protocol of protocols)
  constellationTest(
    `a new certificate makes a new link, and tunnels of the old one run on (${protocol})`,
    { servers: 1, agents: 1, agentFlags: ['--protocol', protocol] },
    async (constellation) => {
      await using target = await EchoTarget.start('127.0.3.1');
      const stream = await constellation.dial(1, target);
      const greeting = once(stream, 'data');
      await greeting;
      constellation.pki.writeAgent(constellation.agentFile(1), 'agent-1');
      await eventually(() => constellation.agents[0]!.log().includes('with a new identity'));
      await reaches(constellation, 1, target);
      expect(await exchange(stream, 'old')).toBe('old');
      expect(constellation.agents[0]!.log()).not.toContain('lost the link');
    },
  );

constellationTest(
  'an agent that is told to stop lets its tunnels end, and takes no new ones',
  { servers: 1, agents: 1 },
  async (constellation) => {
    await using target = await EchoTarget.start('127.0.3.1');
    const stream = await constellation.dial(1, target);
    await once(stream, 'data');
    const [agent] = constellation.agents;
    const stopped = agent!.stop();
    await eventually(() => agent!.log().includes('"draining"'));
    await eventually(() =>
      constellation.dial(1, target).then(
        (late) => void late.destroy(),
        (error: Error) => /no agent/.test(error.message),
      ),
    );
    expect(await converse(stream, 'last words')).toBe('last words');
    await stopped;
    expect(agent!.exitCode).toBe(0);
  },
);

constellationTest(
  'an agent does not connect to its loopback for anybody, whatever the server lets it have',
  {
    servers: 1,
    agents: 1,
    serverFlags: () => ['--agent-grants', 'agent-1=default-route'],
    agentFlags: ['--agent-identifiers', 'ipv4=127.0.3.1&default-route=true'],
  },
  async (constellation) => {
    await using own = await EchoTarget.start('127.0.3.1');
    await reaches(constellation, 1, own);
    await using other = await EchoTarget.start('127.0.3.9');
    const attempt = constellation.dial(1, other);
    await expect(attempt).rejects.toThrow('refused: the agent connects to loopback addresses only if');
  },
);
