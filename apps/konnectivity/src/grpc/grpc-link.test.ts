import { afterEach, expect, test } from 'bun:test';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { DialError } from '@hawser/dial';
import { eventually } from '@hawser/runtime/testing';
import { AgentGoneError, AgentRefusedError } from '../link/agent-connection.ts';
import { type GrpcLinkOptions, grpcLink, ReceptionDouble, target } from './testing/grpc-link.ts';

const never = new AbortController().signal;
const closing: { close(): void }[] = [];
afterEach(() => {
  for (const { close } of closing.splice(0)) close();
});

async function link(options?: GrpcLinkOptions) {
  const made = await grpcLink(options);
  closing.push({ close: () => made.server.close() }, { close: () => made.agent.close() });
  return made;
}

function readAll(stream: Duplex): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('end', () => resolve(Buffer.concat(chunks))).on('error', reject);
  });
}

async function echo(stream: Duplex, text: string): Promise<string> {
  stream.write(text);
  return String((await once(stream, 'data'))[0]);
}

test('each side hears who the other is', async () => {
  const reception = new ReceptionDouble();
  const { agent, server } = await link({
    reception,
    hello: { token: 'secret\n', identifiers: 'host=a&ipv4=1.2.3.4' },
  });
  expect(reception.hellos).toEqual([
    { agentID: 'agent-1', identifiers: 'host=a&ipv4=1.2.3.4', token: 'secret' },
  ]);
  expect([server.serverID, server.serverCount]).toEqual(['server-1', 2]);
  expect([agent.agentID, agent.protocol, agent.draining]).toEqual(['agent-1', 'grpc', false]);
});

test('an agent that is turned away hears why', async () => {
  const reception = new ReceptionDouble();
  reception.refusal = new AgentRefusedError('PermissionDenied', 'no such node — “node-9”');
  expect(grpcLink({ reception })).rejects.toThrow('no such node — “node-9”');
});

test('an agent does not hear what goes wrong inside the server', async () => {
  const reception = new ReceptionDouble();
  reception.refusal = new Error('database is on fire');
  expect(grpcLink({ reception })).rejects.toThrow('internal error');
});

test('carries bytes both ways, in their order', async () => {
  using echoes = await target((socket) => void socket.pipe(socket));
  const { agent, server } = await link();
  const stream = await agent.dial(echoes, never);
  expect(server.tunnels).toBe(1);
  const sent = Buffer.alloc(3_000_000, Buffer.from(Array.from({ length: 251 }, (_, at) => at)));
  let got = 0;
  stream.on('data', (chunk: Buffer) => {
    if (!chunk.equals(sent.subarray(got, got + chunk.length))) throw new Error(`differs at ${got}`);
    got += chunk.length;
  });
  stream.write(sent);
  await eventually(() => got === sent.length);
  stream.destroy();
  await eventually(() => server.tunnels === 0);
});

test('the answer to a half-close is not lost', async () => {
  using talker = await target((socket) => {
    socket.once('data', () => setTimeout(() => socket.end('the answer'), 20));
  });
  const { agent } = await link();
  const stream = await agent.dial(talker, never);
  stream.end('the question');
  expect(String(await readAll(stream))).toBe('the answer');
  await eventually(() => stream.destroyed);
});

test('what a target said before it closed is read to its end', async () => {
  using talker = await target((socket) => void socket.end(Buffer.alloc(5_000_000, 7)));
  const { agent, server } = await link();
  const stream = await agent.dial(talker, never);
  await eventually(() => server.tunnels === 0);
  expect((await readAll(stream)).length).toBe(5_000_000);
});

test('a target that cannot be reached says why', async () => {
  const { agent } = await link();
  const attempt = agent.dial({ host: '127.0.0.1', port: 1 }, never);
  expect(attempt).rejects.toBeInstanceOf(DialError);
  expect(attempt).rejects.toThrow('dial tcp 127.0.0.1:1: ');
  await attempt.catch(() => {});
});

test('10,000 dials to a dead address end with their signal and leave nothing behind', async () => {
  let aborted = 0;
  const { agent, server } = await link({
    dialTarget: (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted++;
          reject(signal.reason);
        });
      }),
  });
  const ending = new AbortController();
  const dials = Array.from({ length: 10_000 }, () =>
    agent.dial({ host: '10.255.255.1', port: 80 }, ending.signal).catch((error: Error) => error.message),
  );
  await eventually(() => server.tunnels === 10_000);
  ending.abort();
  expect(new Set(await Promise.all(dials))).toEqual(new Set(['dial timeout, context']));
  await eventually(() => aborted === 10_000 && server.tunnels === 0);
});

test('a connection that is made too late is closed again', async () => {
  const dialled = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<Duplex>();
  let closed = false;
  using echoes = await target((socket) => {
    socket.on('close', () => {
      closed = true;
    });
    socket.on('end', () => socket.end()).resume();
  });
  const { DirectDialer } = await import('@hawser/dial');
  const { agent, server } = await link({
    dialTarget: async (where) => {
      dialled.resolve();
      await opened.promise;
      return new DirectDialer().dial(where);
    },
  });
  const ending = new AbortController();
  const dial = agent.dial(echoes, ending.signal).catch((error: Error) => error);
  await dialled.promise;
  ending.abort();
  await dial;
  opened.resolve(undefined as never);
  await eventually(() => closed && server.tunnels === 0);
});

test('a stalled reader does not slow the others, and is cut off when it is too far behind', async () => {
  using firehose = await target((socket) => {
    const chunk = Buffer.alloc(64 * 1024);
    const pour = () => {
      while (socket.write(chunk));
    };
    socket.on('drain', pour);
    pour();
  });
  using echoes = await target((socket) => void socket.pipe(socket));
  const { agent, overflows, server } = await link({
    bufferLimits: { connectionBytes: 4 * 1024 * 1024, linkBytes: 64 * 1024 * 1024, stallMs: 200 },
  });
  const beside = await agent.dial(echoes, never);
  const stalled = await agent.dial(firehose, never);
  const failed = once(stalled, 'error') as Promise<[Error]>;
  const took: number[] = [];
  for (let count = 0; count < 300; count++) {
    const startMs = performance.now();
    expect(await echo(beside, 'ping')).toBe('ping');
    took.push(performance.now() - startMs);
  }
  expect(took.sort((a, b) => a - b)[290]).toBeLessThan(50);
  expect((await failed)[0].message).toMatch(/^konnectivity: reader is \d+ bytes behind$/);
  expect(overflows()).toBe(1);
  await eventually(() => server.tunnels === 1);
  expect(await echo(beside, 'still there')).toBe('still there');
});

test('a stalled target does not slow the others, and is cut off when it is too far behind', async () => {
  using deaf = await target((socket) => void socket.pause());
  using echoes = await target((socket) => void socket.pipe(socket));
  const { agent } = await link();
  const beside = await agent.dial(echoes, never);
  const stalled = await agent.dial(deaf, never);
  const over = once(stalled, 'error') as Promise<[Error]>;
  const chunk = Buffer.alloc(256 * 1024);
  let flowing = true;
  void over.then(() => {
    flowing = false;
  });
  while (flowing) {
    stalled.write(chunk);
    expect(await echo(beside, 'ping')).toBe('ping');
  }
  expect((await over)[0].message).toMatch(/^konnectivity: target is \d+ bytes behind$/);
  expect(await echo(beside, 'still there')).toBe('still there');
});

test('what comes faster than it is read waits, and none of it is lost', async () => {
  const sent = 24 * 1024 * 1024;
  using firehose = await target((socket) => void socket.end(Buffer.alloc(sent, 'x')));
  using echoes = await target((socket) => void socket.pipe(socket));
  const { agent, overflows } = await link({
    bufferLimits: { connectionBytes: 1024 * 1024, linkBytes: 64 * 1024 * 1024, stallMs: 1_000 },
  });
  const beside = await agent.dial(echoes, never);
  const stream = await agent.dial(firehose, never);
  let [received, most, echoed] = [0, 0, 0];
  const echoing = (async () => {
    for (; received < sent; echoed++) expect(await echo(beside, 'ping')).toBe('ping');
  })();
  for await (const chunk of stream) {
    received += chunk.length;
    most = Math.max(most, stream.readableLength);
    // A reader that takes turns with all else is slower than a target that has it all at hand.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await echoing;
  expect(echoed).toBeGreaterThan(1);
  expect(received).toBe(sent);
  // What one may keep, and what was under way.
  expect(most).toBeLessThan(8 * 1024 * 1024);
  expect(overflows()).toBe(0);
});

test('what is sent faster than the target takes it waits, and none of it is lost', async () => {
  let received = 0;
  const whole = Promise.withResolvers<void>();
  const sent = 64 * 1024 * 1024;
  using slow = await target((socket) => {
    socket.on('data', (chunk) => {
      received += chunk.length;
      if (received === sent) whole.resolve();
      socket.pause();
      setImmediate(() => socket.resume());
    });
  });
  const { agent } = await link();
  const stream = await agent.dial(slow, never);
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  for (let count = 0; count < sent / chunk.length; count++)
    if (!stream.write(chunk)) await once(stream, 'drain');
  await whole.promise;
});

test('an agent that vanishes without a word is found out, and its tunnels end', async () => {
  using echoes = await target((socket) => void socket.pipe(socket));
  const { agent, cut } = await link({ keepAliveMs: 50 });
  const stream = await agent.dial(echoes, never);
  expect(await echo(stream, 'ping')).toBe('ping');
  const over = once(stream, 'error') as Promise<[Error]>;
  cut();
  const dial = agent.dial(echoes, never).catch((error: Error) => error);
  expect((await agent.closed)?.message).toContain('keepalive ping failed to receive ACK within timeout');
  expect((await over)[0].message).toContain('tunnel closed: keepalive ping');
  expect(await dial).toBeInstanceOf(AgentGoneError);
  expect(agent.dial(echoes, never)).rejects.toBeInstanceOf(AgentGoneError);
});

test('a dial that waits for long has the agent asked whether it is there', async () => {
  const { agent, cut } = await link({ keepAliveMs: 60_000, doubt: { afterMs: 20, timeoutMs: 50 } });
  cut();
  const error = await agent.dial({ host: '127.0.0.1', port: 1 }, never).catch((error: Error) => error);
  expect(error).toBeInstanceOf(AgentGoneError);
  expect(await agent.closed).toBeDefined();
});

test('a server that closes ends the tunnels of its agent at both ends', async () => {
  let targetClosed = false;
  using echoes = await target((socket) => {
    socket.on('close', () => {
      targetClosed = true;
    });
    socket.pipe(socket);
  });
  const { agent, server } = await link();
  const stream = await agent.dial(echoes, never);
  agent.close();
  expect((await server.closed)?.message).toContain('server is closing the connection');
  await eventually(() => stream.destroyed && targetClosed);
});

test('an agent that closes ends in order', async () => {
  const { agent, server } = await link();
  server.close();
  expect(await agent.closed).toBeUndefined();
  expect(await server.closed).toBeUndefined();
});

test('an agent that drains says so, and its tunnels go on', async () => {
  using echoes = await target((socket) => void socket.pipe(socket));
  const { agent, server } = await link();
  const stream = await agent.dial(echoes, never);
  server.drain();
  await eventually(() => agent.draining);
  expect(await echo(stream, 'ping')).toBe('ping');
});
