import { afterEach, expect, test } from 'bun:test';
import { DialError, DirectDialer } from '@hawser/dial';
import { metadataOf, metadataValues, type ServerCall, serveGrpc } from '@hawser/grpc';
import { eventually } from '@hawser/runtime/testing';
import { decodePacket, encodePacket, type Packet } from '@hawser/tunnel-konnectivity';
import fc from 'fast-check';
import type { ServerConnectionOptions } from '../link/server-connection.ts';
import { connectGrpcServer } from './connect-grpc-server.ts';
import { target } from './testing/grpc-link.ts';
import { tlsPair } from './testing/tls-pair.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

const HELLO = { agentID: 'agent-1', identifiers: 'host=a', token: 'secret' };
const direct = new DirectDialer();

/** Our agent, and a server that says what the test has it say. */
async function scriptedServer({
  introduction = { serverID: 's', serverCount: '1' } as Record<string, string>,
  dialTarget = ((where, signal) => direct.dial(where, signal)) as ServerConnectionOptions['dialTarget'],
} = {}) {
  const [near, far] = await tlsPair();
  const calls = Promise.withResolvers<ServerCall>();
  const heard: Packet[] = [];
  const connection = serveGrpc(far, {
    methods: {
      '/AgentService/Connect': (call) => {
        call.respond(metadataOf(Object.entries(introduction)));
        call.start({ message: (bytes) => void heard.push(decodePacket(bytes)!), closed() {} });
        calls.resolve(call);
      },
    },
    windowBytes: 65_535,
    maxConcurrentStreams: 1,
  });
  cleanups.push(() => connection.destroy());
  const agent = await connectGrpcServer(near, { hello: HELLO, dialTarget, keepAliveMs: 60_000 });
  const call = await calls.promise;
  const say = (packet: Packet) => call.send(encodePacket(packet));
  const dial = (address: string, protocol = 'tcp', random = 5n) =>
    say({ type: 'DIAL_REQ', protocol, address, random });
  const nth = async (count: number) => {
    await eventually(() => heard.length >= count);
    return heard[count - 1]!;
  };
  return { agent, call, connection, say, dial, nth, heard };
}

test('introduces itself as upstream does', async () => {
  const { call } = await scriptedServer();
  expect(metadataValues(call.metadata, 'agentID')).toEqual(['agent-1']);
  expect(metadataValues(call.metadata, 'agentIdentifiers')).toEqual(['host=a']);
  expect(metadataValues(call.metadata, 'Authorization')).toEqual(['Bearer secret']);
});

const introductions: { introduction: Record<string, string>; says: string }[] = [
  { introduction: { serverCount: '1' }, says: 'expected one server ID in the context, got []' },
  { introduction: { serverID: 's' }, says: 'expected one server count, got 0' },
  { introduction: { serverID: 's', serverCount: 'many' }, says: 'server count is no number: many' },
];
for (const { introduction, says } of introductions)
  test(`a server is left when: ${says}`, () => {
    expect(scriptedServer({ introduction })).rejects.toThrow(says);
  });

test('carries a connection from its dial to its end, as upstream does', async () => {
  using talker = await target((socket) => {
    socket.on('data', (data) => socket.write(`${data}!`)).on('end', () => socket.end());
  });
  const { agent, say, dial, nth } = await scriptedServer();
  dial(`127.0.0.1:${talker.port}`);
  expect(await nth(1)).toEqual({ type: 'DIAL_RSP', error: '', connectID: 1, random: 5n });
  say({ type: 'DATA', connectID: 1, error: '', data: Buffer.from('hello') });
  expect(await nth(2)).toEqual({ type: 'DATA', connectID: 1, error: '', data: Buffer.from('hello!') });
  say({ type: 'CLOSE_REQ', connectID: 1 });
  expect(await nth(3)).toEqual({ type: 'CLOSE_RSP', error: '', connectID: 1 });
  expect(agent.tunnels).toBe(0);
  dial(`127.0.0.1:${talker.port}`);
  expect(await nth(4)).toMatchObject({ type: 'DIAL_RSP', connectID: 2 });
});

const refusals = [
  { protocol: 'udp', address: '127.0.0.1:53', error: 'dial udp: unknown network udp' },
  { protocol: 'tcp', address: 'nowhere', error: 'dial tcp: address nowhere: not a host and port' },
  { protocol: 'tcp', address: '::1:80', error: 'dial tcp: address ::1:80: not a host and port' },
  {
    protocol: 'tcp',
    address: '127.0.0.1:65536',
    error: 'dial tcp: address 127.0.0.1:65536: not a host and port',
  },
];
for (const { protocol, address, error } of refusals)
  test(`refuses to dial ${protocol} ${address}`, async () => {
    const { dial, nth } = await scriptedServer();
    dial(address, protocol);
    expect(await nth(1)).toEqual({ type: 'DIAL_RSP', error, connectID: 0, random: 5n });
  });

test('a target that cannot be reached is said so', async () => {
  const dialTarget = () => Promise.reject(new DialError('dial tcp [fd00::1]:80: no route to host'));
  const { dial, nth } = await scriptedServer({ dialTarget });
  dial('[fd00::1]:80');
  const error = 'dial tcp [fd00::1]:80: no route to host';
  expect(await nth(1)).toEqual({ type: 'DIAL_RSP', error, connectID: 0, random: 5n });
});

test('a dial that is taken back is given up, and not answered', async () => {
  const aborted = Promise.withResolvers<void>();
  const { agent, say, dial, heard } = await scriptedServer({
    dialTarget: (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted.resolve();
          reject(signal.reason);
        });
      }),
  });
  dial('10.0.0.1:1');
  await eventually(() => agent.tunnels === 1);
  say({ type: 'DIAL_CLS', random: 5n });
  await aborted.promise;
  await eventually(() => agent.tunnels === 0);
  expect(heard).toEqual([]);
});

test('a dial that is taken back when it has been answered is closed', async () => {
  using echoes = await target((socket) => void socket.pipe(socket));
  const { say, dial, nth } = await scriptedServer();
  dial(`127.0.0.1:${echoes.port}`);
  expect((await nth(1)).type).toBe('DIAL_RSP');
  say({ type: 'DIAL_CLS', random: 5n });
  expect(await nth(2)).toEqual({ type: 'CLOSE_RSP', error: '', connectID: 1 });
});

test('what is said of connections that are not is answered in the words of upstream', async () => {
  const { say, nth } = await scriptedServer();
  say({ type: 'DATA', connectID: 3, error: '', data: Buffer.from('x') });
  expect(await nth(1)).toEqual({ type: 'CLOSE_RSP', error: 'unrecognized connectID', connectID: 3 });
  say({ type: 'CLOSE_REQ', connectID: 4 });
  expect(await nth(2)).toEqual({ type: 'CLOSE_RSP', error: 'Unknown connectID', connectID: 4 });
});

test('a server that goes away says so, and what runs goes on', async () => {
  using echoes = await target((socket) => void socket.pipe(socket));
  const { agent, connection, say, dial, nth } = await scriptedServer();
  dial(`127.0.0.1:${echoes.port}`);
  await nth(1);
  connection.goAway();
  await agent.goingAway;
  say({ type: 'DATA', connectID: 1, error: '', data: Buffer.from('still') });
  expect(await nth(2)).toMatchObject({ type: 'DATA', data: Buffer.from('still') });
});

test('when the link is lost its targets are closed', async () => {
  const closed = Promise.withResolvers<void>();
  using echoes = await target((socket) => {
    socket.on('close', () => closed.resolve()).pipe(socket);
  });
  const { agent, connection, dial, nth } = await scriptedServer();
  dial(`127.0.0.1:${echoes.port}`);
  await nth(1);
  connection.destroy();
  await closed.promise;
  expect((await agent.closed)?.message).toContain('code = Unavailable');
});

test('packets in any order do no harm', async () => {
  using echoes = await target((socket) => void socket.pipe(socket));
  const address = `127.0.0.1:${echoes.port}`;
  const { agent, say, dial, heard } = await scriptedServer();
  const connectID = fc.nat(6);
  const random = fc.bigInt({ min: 1n, max: 4n });
  const packet: fc.Arbitrary<Packet> = fc.oneof(
    fc.record({
      type: fc.constant('DIAL_REQ' as const),
      protocol: fc.constant('tcp'),
      address: fc.constant(address),
      random,
    }),
    fc.record({ type: fc.constant('DIAL_CLS' as const), random }),
    fc.record({ type: fc.constant('CLOSE_REQ' as const), connectID }),
    fc.record({ type: fc.constant('CLOSE_RSP' as const), error: fc.constant(''), connectID }),
    fc.record({ type: fc.constant('DIAL_RSP' as const), error: fc.constant(''), connectID, random }),
    fc.record({
      type: fc.constant('DATA' as const),
      connectID,
      error: fc.constant(''),
      data: fc.constant(Buffer.from('x')),
    }),
    fc.constant({ type: 'DRAIN' as const }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(packet, { maxLength: 20 }), async (packets) => {
      for (const each of packets) say(each);
      await new Promise(setImmediate);
    }),
    { numRuns: 100 },
  );
  dial(address, 'tcp', 99n);
  await eventually(() =>
    heard.some((each) => each.type === 'DIAL_RSP' && each.random === 99n && each.error === ''),
  );
  agent.close();
  expect(await agent.closed).toBeUndefined();
});
