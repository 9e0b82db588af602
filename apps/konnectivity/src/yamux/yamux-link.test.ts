import { describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { DialError } from '@hawser/dial';
import { type Clock, FakeClock, systemClock } from '@hawser/runtime';
import { eventually, settled } from '@hawser/runtime/testing';
import { YamuxSession, type YamuxStream } from '@hawser/yamux';
import {
  type AgentConnection,
  AgentGoneError,
  type AgentHello,
  AgentRefusedError,
} from '../link/agent-connection.ts';
import { acceptYamuxAgent } from './accept-yamux-agent.ts';
import { connectYamuxServer } from './connect-yamux-server.ts';
import { createLink, createTarget, dialTarget, HELLO, readAll, reception, tlsPair } from './link.testing.ts';

const never = () => new AbortController().signal;
const KEEP_ALIVE_MS = 10_000;

/** What a promise is rejected with. */
const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error) => error,
  );

describe('the introduction', () => {
  test('tells the server what the agent says of itself, and the agent which server that is', async () => {
    const [agentSocket, serverSocket] = await tlsPair();
    const seen = Promise.withResolvers<unknown[]>();
    acceptYamuxAgent(
      serverSocket,
      {
        ...reception(() => {}),
        admit: async (hello, socket) => {
          seen.resolve([hello, socket]);
          return () => {};
        },
      },
      { keepAliveMs: KEEP_ALIVE_MS },
    );
    const options = { hello: HELLO, dialTarget, keepAliveMs: KEEP_ALIVE_MS };
    const server = await connectYamuxServer(agentSocket, options);
    expect(await seen.promise).toEqual([HELLO, serverSocket]);
    expect([server.serverID, server.serverCount, server.tunnels]).toEqual(['server-1', 2, 0]);
    server.close();
    expect(await server.closed).toBeUndefined();
  });

  /** Introduces an agent to a server that does not take it. */
  async function refused(admit: (hello: AgentHello) => Promise<never>): Promise<Error> {
    const [agentSocket, serverSocket] = await tlsPair();
    acceptYamuxAgent(serverSocket, { ...reception(() => {}), admit }, { keepAliveMs: KEEP_ALIVE_MS });
    const options = { hello: HELLO, dialTarget, keepAliveMs: KEEP_ALIVE_MS };
    const error = await failure(connectYamuxServer(agentSocket, options));
    await eventually(() => agentSocket.destroyed && serverSocket.destroyed);
    return error;
  }

  test('gives an agent that is turned away the reason', async () => {
    const error = await refused(async () => {
      throw new AgentRefusedError('PermissionDenied', 'the token is for another node');
    });
    expect(error).toEqual(new AgentRefusedError('PermissionDenied', 'the token is for another node'));
    expect((error as AgentRefusedError).code).toBe('PermissionDenied');
  });

  test('tells an agent nothing of what goes wrong in the server', async () => {
    const error = await refused(async () => {
      throw new Error('/etc/secret is missing');
    });
    expect(error).toEqual(new AgentRefusedError('Unavailable', 'the server cannot take agents'));
  });

  test('fails when the server goes before it has answered', async () => {
    const [agentSocket, serverSocket] = await tlsPair();
    const options = { hello: HELLO, dialTarget, keepAliveMs: KEEP_ALIVE_MS };
    const introduced = failure(connectYamuxServer(agentSocket, options));
    serverSocket.destroy();
    expect(await introduced).toBeInstanceOf(Error);
  });

  /** A server, and an agent's end that says what a test has it say on the control stream. */
  async function rawAgent(says: string | Buffer) {
    const [agentSocket, serverSocket] = await tlsPair();
    let taken: AgentConnection | undefined;
    acceptYamuxAgent(
      serverSocket,
      reception((connection) => {
        taken = connection;
      }),
      { keepAliveMs: KEEP_ALIVE_MS },
    );
    const session = new YamuxSession(agentSocket, { role: 'client', onStream: () => {} });
    const control = session.open();
    control.write(says);
    return { session, control, serverSocket, taken: () => taken };
  }

  const faulty = [
    { name: 'another message', says: '{"type":"drain"}\n', message: 'the first message must be a hello' },
    { name: 'no ID', says: '{"type":"hello"}\n', message: 'agentID must be a string that is not empty' },
    {
      name: 'a token that is none',
      says: '{"type":"hello","agentID":"a","token":1}\n',
      message: 'token must be a string',
    },
    {
      name: 'odd identifiers',
      says: '{"type":"hello","agentID":"a","identifiers":[]}\n',
      message: 'identifiers must be a string',
    },
  ];
  for (const { name, says, message } of faulty)
    test(`an agent with ${name} is turned away`, async () => {
      const { control, session } = await rawAgent(says);
      expect(JSON.parse(await readAll(control))).toEqual({
        type: 'refused',
        code: 'InvalidArgument',
        message,
      });
      expect(await session.closed).toBeUndefined();
    });

  const noMessages = ['hello\n', '[]\n', 'null\n', '{"type":1}\n', Buffer.alloc(70_000, 'x')];
  for (const says of noMessages)
    test(`${String(says).slice(0, 12).trim()} ends the connection`, async () => {
      const { serverSocket } = await rawAgent(says);
      await eventually(() => serverSocket.destroyed);
    });

  test('what a newer agent says besides is passed over', async () => {
    const { control, taken, session } = await rawAgent('{"type":"hello","agentID":"a","more":{"x":1}}\n');
    await once(control, 'data');
    control.write('{"type":"unheard-of"}\n{"type":"drain"}\n');
    await eventually(() => taken()?.draining === true);
    session.close();
  });

  test('other streams of an agent are refused', async () => {
    const { control, session } = await rawAgent('{"type":"hello","agentID":"a"}\n');
    await once(control, 'data');
    const stream = session.open();
    await once(stream, 'error');
    session.close();
  });
});

describe('a tunnel', () => {
  test('carries bytes both ways', async () => {
    using echo = await createTarget((socket) => void socket.pipe(socket));
    const { agent, server } = await createLink();
    const stream = await agent.dial(echo.target, never());
    expect(server.tunnels).toBe(1);
    stream.write('hello');
    expect(String((await once(stream, 'data'))[0])).toBe('hello');
    stream.end();
    await readAll(stream);
    await eventually(() => server.tunnels === 0);
    agent.close();
  });

  test('brings large amounts through unchanged, both ways at once, beside others', async () => {
    using echo = await createTarget((socket) => void socket.pipe(socket));
    const { agent } = await createLink();
    const sums = await Promise.all(
      Array.from({ length: 4 }, async (_, at) => {
        const stream = await agent.dial(echo.target, never());
        const [sent, came] = [createHash('sha256'), createHash('sha256')];
        const over = once(stream, 'end');
        stream.on('data', (chunk: Buffer) => void came.update(chunk));
        for (let turn = 0; turn < 100; turn += 1) {
          const chunk = Buffer.alloc(1 + ((turn * 7919 * (at + 1)) % 200_000), `${at}.${turn} `);
          sent.update(chunk);
          if (!stream.write(chunk)) await once(stream, 'drain');
        }
        stream.end();
        await over;
        return [sent.digest('hex'), came.digest('hex')];
      }),
    );
    for (const [sent, came] of sums) expect(came).toBe(sent!);
    agent.close();
  });

  test('loses nothing that the target says at once', async () => {
    using greeter = await createTarget((socket) => void socket.end('220 ready'));
    const { agent } = await createLink();
    const streams = await Promise.all(Array.from({ length: 50 }, () => agent.dial(greeter.target, never())));
    await new Promise(setImmediate);
    for (const stream of streams) expect(await readAll(stream)).toBe('220 ready');
    agent.close();
  });

  test('leads to IPv6 addresses and names', async () => {
    const asked: unknown[] = [];
    const { agent } = await createLink({
      dialTarget: async (target) => {
        asked.push(target);
        throw new DialError('no');
      },
    });
    const targets = [
      { host: 'fd00::1', port: 443 },
      { host: 'node-1.example', port: 65_535 },
    ];
    for (const target of targets) await failure(agent.dial(target, never()));
    expect(asked).toEqual(targets);
    agent.close();
  });

  test('is not asked for with what would be another request', async () => {
    const { agent } = await createLink();
    for (const host of ['a b', 'x\r\nHost: y', '', 'u@h'])
      expect(await failure(agent.dial({ host, port: 80 }, never()))).toBeInstanceOf(DialError);
    agent.close();
  });

  test('that cannot be made fails with the reason of the agent', async () => {
    const { agent, server } = await createLink({
      dialTarget: async () => {
        throw new DialError('dial tcp 10.0.0.1:80: no route to host\n');
      },
    });
    const error = await failure(agent.dial({ host: '10.0.0.1', port: 80 }, never()));
    expect(error).toEqual(new DialError('dial tcp 10.0.0.1:80: no route to host '));
    expect(error).not.toBeInstanceOf(AgentGoneError);
    expect(server.tunnels).toBe(0);
    agent.close();
  });

  test('tells nothing of what goes wrong within the agent', async () => {
    const { agent } = await createLink({ dialTarget: () => Promise.reject(new Error('a secret path')) });
    const error = await failure(agent.dial({ host: '10.0.0.1', port: 80 }, never()));
    expect(error).toEqual(new DialError('the agent could not connect'));
    agent.close();
  });

  test('ends by halves: the caller’s first', async () => {
    using place = await createTarget();
    const { agent } = await createLink();
    const [stream, far] = await Promise.all([agent.dial(place.target, never()), place.next()]);
    stream.end('question');
    expect(await readAll(far)).toBe('question');
    far.end('answer');
    expect(await readAll(stream)).toBe('answer');
    agent.close();
  });

  test('ends by halves: the target’s first', async () => {
    using place = await createTarget();
    const { agent } = await createLink();
    const [stream, far] = await Promise.all([agent.dial(place.target, never()), place.next()]);
    far.end('said all');
    expect(await readAll(stream)).toBe('said all');
    stream.end('and heard');
    expect(await readAll(far)).toBe('and heard');
    agent.close();
  });

  test('that the caller resets is reset at the target', async () => {
    using place = await createTarget();
    const { agent, server } = await createLink();
    const [stream, far] = await Promise.all([agent.dial(place.target, never()), place.next()]);
    const error = once(far.resume(), 'error');
    stream.destroy();
    expect((await error)[0]).toMatchObject({ code: 'ECONNRESET' });
    await eventually(() => server.tunnels === 0);
    agent.close();
  });

  test('that the target resets is reset at the caller', async () => {
    using place = await createTarget();
    const { agent } = await createLink();
    const [stream, far] = await Promise.all([agent.dial(place.target, never()), place.next()]);
    stream.resume();
    far.resetAndDestroy();
    expect((await once(stream, 'error'))[0]).toMatchObject({ code: 'ECONNRESET' });
    agent.close();
  });

  test('whose reader is stalled leaves those beside it fast, and holds back its target', async () => {
    using flood = await createTarget((socket) => {
      const chunk = Buffer.alloc(65_536);
      const pump = () => void socket.write(chunk, (error) => error ?? pump());
      pump();
    });
    using echo = await createTarget((socket) => void socket.pipe(socket));
    const { agent } = await createLink();
    const stalled = await agent.dial(flood.target, never());
    const source = await flood.next();
    await settled(() => stalled.readableLength + source.writableLength);
    const stream = await agent.dial(echo.target, never());
    // The slowest of a hundred turns; a machine that is busy with other things may need more than one go.
    let slowestMs = Number.POSITIVE_INFINITY;
    for (let go = 0; go < 10 && slowestMs >= 5; go += 1) slowestMs = await slowestEcho(stream, 100);
    expect(slowestMs).toBeLessThan(5);
    expect(stalled.readableLength).toBeLessThan(1024 * 1024);
    expect(source.writableLength).toBeGreaterThan(0);
    agent.close();
  });
});

async function slowestEcho(stream: Duplex, turns: number): Promise<number> {
  let slowestMs = 0;
  for (let turn = 0; turn < turns; turn += 1) {
    const startMs = performance.now();
    stream.write('ping');
    await once(stream, 'data');
    slowestMs = Math.max(slowestMs, performance.now() - startMs);
  }
  return slowestMs;
}

/** Counts the timers that run. */
function countingClock(clock: Clock) {
  let running = 0;
  return {
    running: () => running,
    now: () => clock.now(),
    after(ms: number, callback: () => void): Disposable {
      let over = false;
      const end = () => {
        if (!over) running -= 1;
        over = true;
      };
      running += 1;
      const timer = clock.after(ms, () => {
        end();
        callback();
      });
      return {
        [Symbol.dispose]: () => {
          end();
          timer[Symbol.dispose]();
        },
      };
    },
  };
}

describe('a dial', () => {
  const dead = { host: '10.255.255.1', port: 80 };

  test('that is aborted ends at both ends, also when the agent’s dialling takes no notice', async () => {
    let asked: AbortSignal | undefined;
    const { agent, server } = await createLink({
      dialTarget: (_, signal) => {
        asked = signal;
        return new Promise(() => {});
      },
    });
    const abort = new AbortController();
    const dialling = failure(agent.dial(dead, abort.signal));
    await eventually(() => asked !== undefined);
    abort.abort();
    const error = await dialling;
    expect(error).toBeInstanceOf(DialError);
    expect(error.message).toBe('dial tcp 10.255.255.1:80: canceled');
    await eventually(() => asked!.aborted);
    expect(server.tunnels).toBe(0);
    agent.close();
  });

  test('that was aborted before is none', async () => {
    const { agent } = await createLink();
    expect(await failure(agent.dial(dead, AbortSignal.abort()))).toBeInstanceOf(DialError);
    agent.close();
  });

  test('that the agent gave up on is a timeout, and a connection that comes late is closed', async () => {
    const clock = new FakeClock();
    const late = Promise.withResolvers<Duplex>();
    let asked = false;
    const { agent, agentSocket } = await createLink({
      clock,
      keepAliveMs: 600_000,
      dialTarget: () => {
        asked = true;
        return late.promise;
      },
    });
    const dialling = failure(agent.dial(dead, never()));
    await eventually(() => asked);
    clock.advance(60_000);
    expect(await dialling).toEqual(new DialError('dial tcp 10.255.255.1:80: i/o timeout'));
    using place = await createTarget();
    const socket = await dialTarget(place.target);
    late.resolve(socket);
    await eventually(() => socket.destroyed);
    agentSocket.destroy();
  });

  test('10,000 of them to a dead address time out and leave nothing behind', async () => {
    const clock = countingClock(systemClock);
    const signals: AbortSignal[] = [];
    const { agent, server } = await createLink({
      clock,
      dialTarget: (_, signal) => {
        signals.push(signal);
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    const idleTimers = clock.running();
    Bun.gc(true);
    const before = process.memoryUsage().heapUsed;
    const deadline = new AbortController();
    const dials = Array.from({ length: 10_000 }, () => failure(agent.dial(dead, deadline.signal)));
    await eventually(() => signals.length === 10_000);
    expect(clock.running()).toBe(idleTimers + 10_000);
    deadline.abort(new DOMException('The operation timed out.', 'TimeoutError'));
    const outcomes = new Set((await Promise.all(dials)).map(({ message }) => message));
    expect([...outcomes]).toEqual(['dial tcp 10.255.255.1:80: i/o timeout']);
    await eventually(() => signals.every(({ aborted }) => aborted) && clock.running() === idleTimers);
    expect(server.tunnels).toBe(0);
    dials.length = 0;
    signals.length = 0;
    await new Promise(setImmediate);
    Bun.gc(true);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20 * 1024 * 1024);

    agent.close();
    expect(await server.closed).toBeUndefined();
  }, 30_000);
});

describe('the end of a link', () => {
  test('an agent that has vanished is noticed within 20 s, and its dials fail', async () => {
    const clock = new FakeClock();
    const [agentSocket, serverSocket] = await tlsPair();
    const taken = Promise.withResolvers<AgentConnection>();
    acceptYamuxAgent(serverSocket, reception(taken.resolve), { keepAliveMs: KEEP_ALIVE_MS, clock });
    const frozen = new YamuxSession(agentSocket, { role: 'client', onStream: () => {} });
    frozen.open().write('{"type":"hello","agentID":"a"}\n');
    const agent = await taken.promise;
    const dialling = failure(agent.dial({ host: '10.0.0.1', port: 80 }, never()));
    // It answers whatever came before it stopped; the rest it never sees.
    await frozen.ping();
    agentSocket.pause();
    clock.advance(9_999);
    let over = false;
    void agent.closed.then(() => {
      over = true;
    });
    await new Promise(setImmediate);
    expect(over).toBe(false);
    clock.advance(10_001);
    expect((await agent.closed)?.message).toBe('the peer has not answered for too long');
    expect(await dialling).toBeInstanceOf(AgentGoneError);
    expect(await failure(agent.dial({ host: '10.0.0.1', port: 80 }, never()))).toBeInstanceOf(AgentGoneError);
    frozen.destroy();
  });

  test('a server that has vanished is noticed by its agent, and tunnels are reset', async () => {
    const clock = new FakeClock();
    const [agentSocket, serverSocket] = await tlsPair();
    const accepted = Promise.withResolvers<YamuxStream>();
    const session = new YamuxSession(serverSocket, { role: 'server', onStream: accepted.resolve });
    const options = { hello: HELLO, dialTarget, keepAliveMs: KEEP_ALIVE_MS, clock };
    const linking = connectYamuxServer(agentSocket, options);
    (await accepted.promise).write('{"type":"welcome","serverID":"s","serverCount":1}\n');
    const server = await linking;
    using place = await createTarget();
    session.open().write(`CONNECT 127.0.0.1:${place.target.port} HTTP/1.1\r\n\r\n`);
    const far = await place.next();
    const lost = once(far.resume(), 'error');
    await eventually(() => server.tunnels === 1);
    await session.ping();
    serverSocket.pause();
    clock.advance(20_000);
    expect((await server.closed)?.message).toBe('the peer has not answered for too long');
    expect((await lost)[0]).toMatchObject({ code: 'ECONNRESET' });
    await eventually(() => server.tunnels === 0);
    session.destroy();
  });

  test('an agent that drains is known to, and its tunnels go on', async () => {
    using echo = await createTarget((socket) => void socket.pipe(socket));
    const { agent, server } = await createLink();
    const stream = await agent.dial(echo.target, never());
    server.drain();
    await eventually(() => agent.draining);
    stream.end('still here');
    expect(await readAll(stream)).toBe('still here');
    agent.close();
  });

  test('a server that goes away lets its agents know, and tunnels go on', async () => {
    using echo = await createTarget((socket) => void socket.pipe(socket));
    const { agent, server } = await createLink();
    const stream = await agent.dial(echo.target, never());
    agent.goAway?.();
    await server.goingAway;
    stream.end('still here');
    expect(await readAll(stream)).toBe('still here');
    agent.close();
  });

  test('a link whose streams are running out has its agent make another', async () => {
    using echo = await createTarget((socket) => void socket.pipe(socket));
    const { agent, server } = await createLink({ maxStreamId: 2 ** 20 + 2 });
    expect(agent.draining).toBe(false);
    const stream = await agent.dial(echo.target, never());
    expect(agent.draining).toBe(true);
    await server.goingAway;
    stream.end('still here');
    expect(await readAll(stream)).toBe('still here');
    agent.close();
  });

  test('whichever side closes it, it has ended in order on both, and tunnels are reset', async () => {
    using place = await createTarget();
    for (const side of ['agent', 'server'] as const) {
      const link = await createLink();
      const [stream, far] = await Promise.all([link.agent.dial(place.target, never()), place.next()]);
      const lost = Promise.all([once(stream, 'error'), once(far.resume(), 'error')]);
      link[side].close();
      expect(await Promise.all([link.agent.closed, link.server.closed])).toEqual([undefined, undefined]);
      await lost;
    }
  });

  test('a connection that is lost says so, and dials under way fail as gone', async () => {
    const { agent, server, agentSocket } = await createLink({ dialTarget: () => new Promise(() => {}) });
    const dialling = failure(agent.dial({ host: '10.0.0.1', port: 80 }, never()));
    agentSocket.destroy();
    expect(await agent.closed).toBeInstanceOf(Error);
    expect(await server.closed).toBeInstanceOf(Error);
    expect(await dialling).toBeInstanceOf(AgentGoneError);
  });
});

describe('a peer that breaks the rules', () => {
  /** An agent whose answers to CONNECT are a test's. */
  async function agentThatSays(answer: (stream: YamuxStream) => void) {
    const [agentSocket, serverSocket] = await tlsPair();
    const taken = Promise.withResolvers<AgentConnection>();
    acceptYamuxAgent(serverSocket, reception(taken.resolve), { keepAliveMs: KEEP_ALIVE_MS });
    const session = new YamuxSession(agentSocket, { role: 'client', onStream: answer });
    session.open().write('{"type":"hello","agentID":"a"}\n');
    return { agent: await taken.promise, session };
  }

  const answers: { name: string; answer: (stream: YamuxStream) => void; says: string }[] = [
    {
      name: 'no HTTP',
      answer: (stream) => void stream.end('220 ready\r\n\r\n'),
      says: 'the agent did not answer in HTTP/1.1',
    },
    {
      name: 'an endless head',
      answer: (stream) => void stream.write('x'.repeat(10_000)),
      says: 'the head is too long',
    },
    {
      name: 'an end',
      answer: (stream) => void stream.end(),
      says: 'the stream ended before the head was whole',
    },
    { name: 'a reset', answer: (stream) => void stream.destroy(), says: 'the stream was reset by the peer' },
  ];
  for (const { name, answer, says } of answers)
    test(`an agent that answers a dial with ${name} counts as gone for it`, async () => {
      const { agent, session } = await agentThatSays(answer);
      const error = await failure(agent.dial({ host: '10.0.0.1', port: 80 }, never()));
      expect(error).toBeInstanceOf(AgentGoneError);
      expect(error.message).toBe(`agent a: ${says}`);
      session.close();
    });

  test('no more of a reason is told than is bearable', async () => {
    const { agent, session } = await agentThatSays((stream) => {
      stream.write(`HTTP/1.1 502 Bad Gateway\r\n\r\n${'x'.repeat(200_000)}`);
    });
    const error = await failure(agent.dial({ host: '10.0.0.1', port: 80 }, never()));
    expect(error.message).toBe('x'.repeat(4096));
    session.close();
  });

  const requests = [
    'GET / HTTP/1.1\r\n\r\n',
    'CONNECT 10.0.0.1 HTTP/1.1\r\n\r\n',
    'CONNECT 10.0.0.1:99999 HTTP/1.1\r\n\r\n',
    'CONNECT :80 HTTP/1.1\r\n\r\n',
    `${'x'.repeat(9_000)}`,
  ];
  for (const request of requests)
    test(`an agent connects nowhere for ${JSON.stringify(request.slice(0, 30))}`, async () => {
      const [agentSocket, serverSocket] = await tlsPair();
      const accepted = Promise.withResolvers<YamuxStream>();
      const session = new YamuxSession(serverSocket, { role: 'server', onStream: accepted.resolve });
      const dialled = () => Promise.reject(new Error('it was asked to'));
      const linking = connectYamuxServer(agentSocket, {
        hello: HELLO,
        dialTarget: dialled,
        keepAliveMs: KEEP_ALIVE_MS,
      });
      (await accepted.promise).write('{"type":"welcome","serverID":"s","serverCount":1}\n');
      const server = await linking;
      const stream = session.open();
      stream.write(request);
      expect(await readAll(stream)).toMatch(/^HTTP\/1\.1 (400|502) /);
      server.close();
    });
});
