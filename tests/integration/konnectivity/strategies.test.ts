import { expect, test } from 'bun:test';
import { eventually } from '../../cluster/eventually.ts';
import { Constellation } from './constellation.ts';
import { converse, EchoTarget } from './echo-target.ts';

const TIMEOUT_MS = 60_000;
/** Nobody's but the default route's. */
const ELSEWHERE = '127.0.4.1';
const EVERYTHING = ['--allow-loopback-targets', '--agent-identifiers', 'default-route=true&ipv4=127.0.3.1'];

/** Which agents were asked for tunnels, by the server's log. */
function askedOf({ servers }: Constellation): Set<string> {
  const lines = servers[0]!.log().split('\n');
  const opened = lines.filter((line) => line.includes('"tunnel opened"'));
  return new Set(opened.map((line) => JSON.parse(line).agentID));
}

async function start(strategies: string): Promise<Constellation> {
  const serverFlags = () => [
    ...['--proxy-strategies', strategies, '--log-level', 'debug'],
    ...[
      '--agent-grants',
      'agent-1=127.0.3.1/32,agent-2=127.0.3.1/32,agent-2=default-route,agent-3=127.0.9.9',
    ],
  ];
  return await Constellation.start({ servers: 1, agents: 3, serverFlags, agentFlags: EVERYTHING });
}

test(
  'destHost and defaultRoute: those who may claim a target share it, the rest goes the default route',
  async () => {
    await using constellation = await start('destHost,defaultRoute');
    await using near = await EchoTarget.start('127.0.3.1');
    await using far = await EchoTarget.start(ELSEWHERE);
    const reach = async ({ host, port }: EchoTarget) =>
      expect(await converse(await constellation.dial(1, { host, port }), 'x')).toBe(`${host}\nx`);
    await reach(far);
    expect(askedOf(constellation)).toEqual(new Set(['agent-2']));
    for (let i = 0; i < 4; i += 1) await reach(near);
    // agent-3 claimed the same, in vain.
    await eventually(() => askedOf(constellation).size === 2);
    expect(askedOf(constellation)).toEqual(new Set(['agent-1', 'agent-2']));
    expect(constellation.servers[0]!.log()).toContain('"reason":"not_granted"');
  },
  TIMEOUT_MS,
);

test(
  'default: any agent for any target, as upstream, with a warning',
  async () => {
    await using constellation = await start('default');
    await using far = await EchoTarget.start(ELSEWHERE);
    for (let i = 0; i < 6; i += 1)
      expect(await converse(await constellation.dial(1, { host: ELSEWHERE, port: far.port }), 'x')).toBe(
        `${ELSEWHERE}\nx`,
      );
    expect(askedOf(constellation)).toEqual(new Set(['agent-1', 'agent-2', 'agent-3']));
    expect(constellation.servers[0]!.log()).toContain('any agent may get the traffic for any target');
  },
  TIMEOUT_MS,
);

test(
  'an agent that goes takes its part along, and its peers carry on',
  async () => {
    await using constellation = await start('destHost');
    await using near = await EchoTarget.start('127.0.3.1');
    const reach = () =>
      constellation.dial(1, { host: near.host, port: near.port }).then((stream) => converse(stream, 'x'));
    await constellation.agents[0]!.kill9();
    for (let i = 0; i < 4; i += 1) expect(await reach()).toBe('127.0.3.1\nx');
    await constellation.agents[1]!.kill9();
    await eventually(async () => {
      const said = await reach().catch((error: Error) => error.message);
      return said.includes('code 503: konnectivity tunnel (server server-1): no agent is connected');
    });
  },
  TIMEOUT_MS,
);
