import { afterEach, expect, test } from 'bun:test';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { type ClientCall, GrpcClient, type GrpcStatus, metadataOf } from '@hawser/grpc';
import { eventually } from '@hawser/runtime/testing';
import { decodePacket, encodePacket, type Packet } from '@hawser/tunnel-konnectivity';
import { createGrpcAgents } from './serve-grpc-agents.ts';
import { ReceptionDouble } from './testing/grpc-link.ts';
import { tlsPair } from './testing/tls-pair.ts';

const never = new AbortController().signal;
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

/** Our server, and an agent that says what the test has it say. */
async function scriptedAgent() {
  const [near, far] = await tlsPair();
  const reception = new ReceptionDouble();
  createGrpcAgents()(far, reception, { keepAliveMs: 10_000 });
  const client = new GrpcClient(near, { authority: 'x', secure: true, userAgent: 'x', windowBytes: 65_535 });
  cleanups.push(() => client.destroy());
  const call: ClientCall = client.call('/AgentService/Connect', metadataOf([['agentID', 'a']]));
  const heard: Packet[] = [];
  const ended = new Promise<GrpcStatus>((closed) =>
    call.start({ message: (bytes) => void heard.push(decodePacket(bytes)!), closed }),
  );
  await call.response;
  const agent = await reception.connected.promise;
  const say = (packet: Packet) => call.send(encodePacket(packet));
  const dial = (signal = never) => agent.dial({ host: 'fd00::1', port: 80 }, signal);
  /** The last thing heard, once there are so many. */
  const nth = async (count: number) => {
    await eventually(() => heard.length >= count);
    return heard[count - 1]!;
  };
  return { agent, call, say, dial, nth, heard, ended };
}

type DialRequest = Packet & { type: 'DIAL_REQ' };

test('a dial is asked for as upstream does', async () => {
  const { dial, nth, say } = await scriptedAgent();
  const dialled = dial();
  const request = (await nth(1)) as DialRequest;
  expect(request).toEqual({
    type: 'DIAL_REQ',
    protocol: 'tcp',
    address: '[fd00::1]:80',
    random: expect.any(BigInt) as unknown as bigint,
  });
  say({ type: 'DIAL_RSP', error: '', connectID: 7, random: request.random });
  const stream = await dialled;
  say({ type: 'DATA', connectID: 7, error: '', data: Buffer.from('hello') });
  expect(String((await once(stream, 'data'))[0])).toBe('hello');
  stream.write('well');
  expect(await nth(2)).toEqual({ type: 'DATA', connectID: 7, error: '', data: Buffer.from('well') });
  stream.destroy();
  expect(await nth(3)).toEqual({ type: 'CLOSE_REQ', connectID: 7 });
});

test('what comes for a connection that was closed is dropped; for one that never was, it is closed', async () => {
  const { dial, nth, say, heard } = await scriptedAgent();
  const dialled = dial();
  say({ type: 'DIAL_RSP', error: '', connectID: 7, random: ((await nth(1)) as DialRequest).random });
  (await dialled).destroy();
  expect(await nth(2)).toEqual({ type: 'CLOSE_REQ', connectID: 7 });
  say({ type: 'DATA', connectID: 7, error: '', data: Buffer.from('late') });
  say({ type: 'CLOSE_RSP', error: '', connectID: 7 });
  say({ type: 'DATA', connectID: 8, error: '', data: Buffer.from('what?') });
  expect(await nth(3)).toEqual({ type: 'CLOSE_REQ', connectID: 8 });
  expect(heard.length).toBe(3);
});

test('a dial that was given up is taken back, and a late answer is closed', async () => {
  const { dial, nth, say } = await scriptedAgent();
  const ending = new AbortController();
  const dialled = dial(ending.signal).catch((error: Error) => error.message);
  const { random } = (await nth(1)) as DialRequest;
  ending.abort();
  expect(await dialled).toBe('dial timeout, context');
  expect(await nth(2)).toEqual({ type: 'DIAL_CLS', random });
  say({ type: 'DIAL_RSP', error: '', connectID: 9, random });
  expect(await nth(3)).toEqual({ type: 'CLOSE_REQ', connectID: 9 });
});

test('a connection that the agent closes with an error ends with it', async () => {
  const { dial, nth, say } = await scriptedAgent();
  const dialled = dial();
  say({ type: 'DIAL_RSP', error: '', connectID: 7, random: ((await nth(1)) as DialRequest).random });
  const failed = once(await dialled, 'error') as Promise<[Error]>;
  say({ type: 'CLOSE_RSP', error: 'unrecognized connectID', connectID: 7 });
  expect((await failed)[0].message).toBe('konnectivity: unrecognized connectID');
});

const answers: { name: string; answer: (random: bigint) => Packet; says: string }[] = [
  {
    name: 'an error',
    answer: (random) => ({ type: 'DIAL_RSP', error: 'dial tcp: i/o timeout', connectID: 0, random }),
    says: 'dial tcp: i/o timeout',
  },
  {
    name: 'no connection ID',
    answer: (random) => ({ type: 'DIAL_RSP', error: '', connectID: 0, random }),
    says: 'peer answered a dial with connection ID 0',
  },
  { name: 'DIAL_CLS', answer: (random) => ({ type: 'DIAL_CLS', random }), says: 'dial closed' },
];
for (const { name, answer, says } of answers)
  test(`a dial that is answered with ${name} fails`, async () => {
    const { dial, nth, say } = await scriptedAgent();
    const dialled = dial().catch((error: Error) => error.message);
    say(answer(((await nth(1)) as DialRequest).random));
    expect(await dialled).toBe(says);
  });

test('bytes that are no packet end the link, and say why', async () => {
  const { agent, call, ended, dial } = await scriptedAgent();
  const dialled = dial().catch((error: Error) => error.message);
  call.send(Buffer.from('08022a05', 'hex'));
  expect((await agent.closed)?.message).toContain('failed to unmarshal the received message');
  expect(await dialled).toContain('tunnel closed');
  expect((await ended).code).not.toBe(0);
});

test('packets of unknown types, and those that only servers send, are passed over', async () => {
  const { agent, call, say, dial, nth } = await scriptedAgent();
  call.send(Buffer.from('0863', 'hex'));
  say({ type: 'CLOSE_REQ', connectID: 5 });
  say({ type: 'DIAL_REQ', protocol: 'tcp', address: '127.0.0.1:1', random: 1n });
  say({ type: 'CLOSE_RSP', error: '', connectID: 5 });
  say({ type: 'DRAIN' });
  await eventually(() => agent.draining);
  void dial().catch(() => {});
  expect((await nth(1)).type).toBe('DIAL_REQ');
});

test('who makes call after call on one connection is looked at a few times only', async () => {
  const [near, far] = await tlsPair();
  const reception = new ReceptionDouble();
  createGrpcAgents()(far, reception, { keepAliveMs: 10_000 });
  const client = new GrpcClient(near, { authority: 'x', secure: true, userAgent: 'x', windowBytes: 65_535 });
  for (let count = 0; count < 100 && client.available; count += 1) {
    const call = client.call('/AgentService/Connect', metadataOf([['agentID', 'a']]));
    call.response.catch(() => {});
    call.cancel({ code: 1, message: 'never mind' });
  }
  await client.closed;
  expect(reception.hellos.length).toBe(16);
});

test('small pieces of a connection whose reader is behind are put together', async () => {
  const { dial, nth, say } = await scriptedAgent();
  const dialled = dial();
  say({ type: 'DIAL_RSP', error: '', connectID: 7, random: ((await nth(1)) as DialRequest).random });
  const stream = (await dialled) as Duplex & { bufferedBytes: number };
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece)).pause();
  for (let count = 0; count < 5_000; count += 1)
    say({ type: 'DATA', connectID: 7, error: '', data: Buffer.of(count) });
  await eventually(() => stream.bufferedBytes === 5_000);
  stream.resume();
  say({ type: 'CLOSE_RSP', error: '', connectID: 7 });
  await once(stream, 'end');
  expect(Buffer.concat(pieces)).toEqual(Buffer.from(Array.from({ length: 5_000 }, (_, at) => at)));
  expect(pieces.length).toBeLessThan(10);
});

test('an agent that makes connections up is left', async () => {
  const { agent, say } = await scriptedAgent();
  for (let connectID = 1; connectID <= 70_000; connectID += 1)
    say({ type: 'DATA', connectID, error: '', data: Buffer.of(1) });
  await agent.closed;
});

test('an agent that reads nothing of what it is asked is left', async () => {
  const { agent, call } = await scriptedAgent();
  call.pause();
  const host = 'x'.repeat(2_000);
  const dials = Array.from({ length: 3_000 }, () => agent.dial({ host, port: 80 }, never));
  const failures = await Promise.allSettled(dials);
  expect(failures.every(({ status }) => status === 'rejected')).toBe(true);
  await agent.closed;
});

const hellos: { name: string; metadata: [string, string][]; says: string }[] = [
  { name: 'no agent ID', metadata: [], says: 'expected one agent ID in the context, got []' },
  {
    name: 'two agent IDs',
    metadata: [
      ['agentID', 'a'],
      ['agentID', 'b'],
    ],
    says: 'expected one agent ID in the context, got [a b]',
  },
  {
    name: 'two sets of identifiers',
    metadata: [
      ['agentID', 'a'],
      ['agentIdentifiers', 'x=1'],
      ['agentIdentifiers', 'y=2'],
    ],
    says: 'expected at most one set of agent identifiers in the context, got [x=1 y=2]',
  },
  {
    name: 'a token that is no bearer token',
    metadata: [
      ['agentID', 'a'],
      ['authorization', 'Basic x'],
    ],
    says: 'received token does not have "Bearer " prefix',
  },
];
for (const { name, metadata, says } of hellos)
  test(`an agent that shows ${name} is turned away`, async () => {
    const [near, far] = await tlsPair();
    createGrpcAgents()(far, new ReceptionDouble(), { keepAliveMs: 10_000 });
    const client = new GrpcClient(near, {
      authority: 'x',
      secure: true,
      userAgent: 'x',
      windowBytes: 65_535,
    });
    cleanups.push(() => client.destroy());
    const call = client.call('/AgentService/Connect', metadataOf(metadata));
    expect((await call.response.catch((error: Error) => error)).toString()).toEndWith(`desc = ${says}`);
  });
