import { afterAll, beforeAll, expect, test } from 'bun:test';
import { EVENTS, tailStream } from '@hawser/audit-nats';
import { makeStreams, NatsServer } from '@hawser/audit-nats/testing';
import { eventually } from '../../cluster/eventually.ts';
import { readOutboxFile } from '../../cluster/outbox.ts';
import type { Json } from '../../cluster/wire-client.ts';
import { Constellation } from './constellation.ts';
import { converse, EchoTarget } from './echo-target.ts';

const TIMEOUT_MS = 60_000;
let nats: NatsServer;
beforeAll(async () => {
  nats = await new NatsServer().start();
  await makeStreams(nats.clientOptions('apiserver'));
});
afterAll(() => nats[Symbol.asyncDispose]());

/** The flags with which a server publishes; each test has a server ID, and so a source, of its own. */
function publishing(constellation: Constellation, serverID: string): string[] {
  const { servers, caFile, certificateFile, keyFile } = nats.clientOptions('konnectivity-server');
  return [
    ...['--server-id', serverID, '--data-dir', `${constellation.directory}/data`],
    ...['--nats-url', servers[0]!, '--nats-ca-file', caFile],
    ...['--nats-cert-file', certificateFile, '--nats-key-file', keyFile],
  ];
}

/** Resolves when a server is connected to NATS. */
async function published({ servers: [server] }: Constellation): Promise<void> {
  await eventually(() => server!.log().includes('publishing events to NATS'));
}

/** Reads a server's events from the first on, until one of this kind has come. */
async function eventsUntil(serverID: string, what: string): Promise<Json[]> {
  const stop = AbortSignal.timeout(20_000);
  const tail = tailStream(
    { nats: nats.clientOptions('events-reader'), stream: EVENTS, since: new Date(0) },
    stop,
  );
  const seen: Json[] = [];
  for await (const { subject, body } of tail) {
    const event = JSON.parse(body);
    if (event.source !== `/konnectivity/servers/${serverID}`) continue;
    expect(event).toMatchObject({
      specversion: '1.0',
      type: `dev.${subject}`,
      datacontenttype: 'application/json',
    });
    seen.push({ what: subject.replace('hawser.konnectivity.', ''), ...event });
    if (seen.at(-1)!.what === what) return seen;
  }
  throw new Error(`no ${what} came after ${JSON.stringify(seen)}`);
}

test(
  'agents and tunnels leave events with who, where to and how much',
  async () => {
    await using constellation = await Constellation.start({
      servers: 1,
      agents: 1,
      serverFlags: (self) => publishing(self, 'lives'),
    });
    await using target = await EchoTarget.start('127.0.3.1');
    const stream = await constellation.dial(1, target);
    expect(await converse(stream, 'hello')).toBe('127.0.3.1\nhello');
    await constellation.agents[0]!.stop();
    await published(constellation);
    const events = await eventsUntil('lives', 'agent.lost');
    expect(events.map(({ what, subject }) => [what, subject])).toEqual([
      ['server.started', 'lives'],
      ['agent.connected', 'agent-1'],
      ['tunnel.opened', `127.0.3.1:${target.port}`],
      ['tunnel.closed', `127.0.3.1:${target.port}`],
      ['agent.lost', 'agent-1'],
    ]);
    const agent = { agentID: 'agent-1', identity: 'agent-1', protocol: 'yamux' };
    expect(events[1].data).toMatchObject(agent);
    expect(events[3].data).toMatchObject({
      target: { host: '127.0.3.1', port: target.port },
      client: 'kube-apiserver',
      frontEnd: 'http-connect',
      agent,
      bytes: { toTarget: 5, fromTarget: 15 },
    });
  },
  TIMEOUT_MS,
);

test(
  'what happened while NATS was away arrives when it is back, also after the server was killed',
  async () => {
    await using constellation = await Constellation.start({
      servers: 1,
      agents: 0,
      serverFlags: (self) => publishing(self, 'patient'),
    });
    const [server] = constellation.servers;
    await published(constellation);
    await eventsUntil('patient', 'server.started');
    await nats.kill();
    await expect(constellation.dial(1, { host: '10.1.2.3', port: 80 })).rejects.toThrow('10.1.2.3');
    const outbox = `${constellation.directory}/data/outbox.db`;
    await eventually(() => readOutboxFile(outbox).some(({ subject }) => subject.endsWith('tunnel.refused')));
    await server!.kill9();
    server!.start();
    await eventually(() => server!.log().split('"serving"').length > 2);
    await nats.start();
    const refused = (await eventsUntil('patient', 'tunnel.refused')).at(-1)!;
    expect(refused).toMatchObject({
      subject: '10.1.2.3:80',
      data: { client: 'kube-apiserver', reason: 'no_agent' },
    });
    await server!.stop();
    await eventsUntil('patient', 'server.stopped');
  },
  TIMEOUT_MS,
);
