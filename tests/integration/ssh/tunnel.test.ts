import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { DialError } from '@hawser/dial';
import { eventuallyPasses } from '../../cluster/eventually.ts';
import { SshNode } from '../../cluster/ssh-node.ts';
import { SshRelay } from '../../cluster/ssh-relay.ts';
import { DeadListener } from './dead-listener.ts';
import { echoed, HOST, openTunnel, TargetServer, type TunnelFixture } from './tunnel-fixture.ts';

/** What goes through a tunnel, as OpenSSH's own server carries it. */
let node: SshNode;
let tunnel: TunnelFixture;
let echo: TargetServer;

const MEGABYTE = 1 << 20;
setDefaultTimeout(30_000);

beforeAll(async () => {
  node = await SshNode.start();
  tunnel = openTunnel({ keyFile: node.keyFile, port: node.port, hostKeys: node.hostKey });
  echo = await TargetServer.echo();
});

afterAll(async () => {
  await tunnel?.[Symbol.asyncDispose]();
  await echo?.[Symbol.asyncDispose]();
  await node?.[Symbol.asyncDispose]();
});

const opened: Duplex[] = [];

async function dial(target = echo.target): Promise<Duplex> {
  const stream = await tunnel.dialer.dial(target);
  opened.push(stream);
  return stream;
}

afterEach(() => {
  for (const stream of opened.splice(0)) stream.destroy();
});

test('a connection carries bytes both ways', async () => {
  const stream = await dial();
  expect(await echoed(stream, 'hello')).toBe('hello');
  stream.destroy();
  await eventuallyPasses(() => expect(echo.connections).toBe(0));
});

describe('ends travel each way by themselves', () => {
  test('the target answers after the client has ended', async () => {
    await using server = await TargetServer.listen((socket) => {
      let size = 0;
      socket.on('data', (chunk) => {
        size += chunk.length;
      });
      socket.on('end', () => socket.end(`got ${size}`));
    });
    const stream = await dial(server.target);
    stream.end(randomBytes(3 * MEGABYTE));
    expect(await text(stream)).toBe(`got ${3 * MEGABYTE}`);
  });

  test('the client goes on after the target has ended', async () => {
    const got = Promise.withResolvers<string>();
    await using server = await TargetServer.listen((socket) => {
      socket.end('bye');
      text(socket).then(got.resolve, got.reject);
    });
    const stream = await dial(server.target);
    let said = '';
    stream.on('data', (chunk) => {
      said += chunk;
    });
    await once(stream, 'end');
    expect(said).toBe('bye');
    stream.end('and thanks');
    expect(await got.promise).toBe('and thanks');
    await eventuallyPasses(() => expect(server.connections).toBe(0));
  });
});

test('what a client wrote before it ended arrives whole', async () => {
  const bytes = randomBytes(40 * MEGABYTE);
  const digest = Promise.withResolvers<string>();
  await using server = await TargetServer.listen((socket) => {
    const hash = createHash('sha256');
    socket.on('data', (chunk) => hash.update(chunk));
    socket.on('end', () => {
      digest.resolve(hash.digest('hex'));
      socket.end();
    });
  });
  const stream = await dial(server.target);
  stream.resume().end(bytes);
  await once(stream, 'close');
  expect(await digest.promise).toBe(createHash('sha256').update(bytes).digest('hex'));
});

test('keys that are renewed under way change no byte', async () => {
  await using renewing = await SshNode.start('RekeyLimit 1M');
  await using own = openTunnel({
    keyFile: renewing.keyFile,
    port: renewing.port,
    hostKeys: renewing.hostKey,
  });
  const bytes = randomBytes(20 * MEGABYTE);
  const stream = await own.dialer.dial(echo.target);
  const hash = createHash('sha256');
  stream.on('data', (chunk) => hash.update(chunk));
  stream.end(bytes);
  await once(stream, 'end');
  expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
});

test('a reader that stands still holds its own connection back, and no other', async () => {
  const aloneMs = await medianMs(await dial(), 50);
  let sent = 0;
  await using source = await TargetServer.listen((socket) => {
    const chunk = Buffer.alloc(64 * 1024);
    const more = () => {
      do sent += chunk.length;
      while (socket.write(chunk));
    };
    socket.on('drain', more);
    more();
  });
  await Promise.all(Array.from({ length: 10 }, () => dial(source.target)));
  let before = -1;
  await eventuallyPasses(() => {
    const now = sent;
    const isStill = now === before;
    before = now;
    expect(isStill).toBe(true);
  });
  expect(await medianMs(await dial(), 200)).toBeLessThan(Math.max(20, 5 * aloneMs));
});

test('a target that does not read holds the writer back', async () => {
  await using server = await TargetServer.listen((socket) => void socket.pause());
  const stream = await dial(server.target);
  const chunk = Buffer.alloc(MEGABYTE);
  let written = 0;
  const fill = () => {
    while (written < 100 * MEGABYTE && stream.write(chunk)) written += chunk.length;
    written += chunk.length;
  };
  stream.on('drain', fill);
  fill();
  for (let round = 0, before = -1; before !== written && round < 50; round += 1) {
    before = written;
    await Bun.sleep(50);
  }
  expect(written).toBeLessThan(20 * MEGABYTE);
  stream.destroy();
});

test('1,000 connections go through at once, and leave nothing behind', async () => {
  const streams = await Promise.all(Array.from({ length: 1000 }, () => dial()));
  expect(await tunnel.metric('hawser_ssh_tunnel_channels')).toBe('1000');
  const answers = await Promise.all(streams.map((stream, index) => echoed(stream, `n${index}`)));
  expect(answers).toEqual(streams.map((_, index) => `n${index}`));
  for (const stream of streams) stream.end();
  await Promise.all(streams.map((stream) => once(stream.resume(), 'close')));
  await eventuallyPasses(() => expect(echo.connections).toBe(0));
  expect(await tunnel.metric('hawser_ssh_tunnel_channels')).toBe('0');
});

test('sshd is brought to send small packets at once, without the right to run anything', async () => {
  await using talkative = await SshNode.start('LogLevel DEBUG2');
  await using own = openTunnel({
    keyFile: talkative.keyFile,
    port: talkative.port,
    hostKeys: talkative.hostKey,
  });
  // It would set the same for the socket of a channel: there is none yet.
  await eventuallyPasses(() => expect(talkative.sshd.log()).toContain('setting TCP_NODELAY'));
  expect(await own.metric('hawser_ssh_tunnel_up')).toBe('1');
});

test('a target that is dead takes no more of sshd than a part, however many ask for it', async () => {
  using dead = await DeadListener.start();
  const before = dead.asking;
  const dials = Array.from({ length: 1000 }, () => tunnel.dialer.dial(dead.target).catch((error) => error));
  const refused = await Promise.all(dials);
  expect(refused.map(({ message }) => message)).toEqual(
    refused.map(
      () => `ssh: node "node-1" (${HOST}:${node.port}): dial tcp ${HOST}:${dead.port}: i/o timeout`,
    ),
  );
  expect(dead.asking - before).toBeLessThanOrEqual(64);
  expect(dead.asking - before).toBeGreaterThan(0);
  expect(await echoed(await dial(), 'hello')).toBe('hello');
});

describe('a dial fails with a message that names the tunnel', () => {
  const label = () => `ssh: node "node-1" (${HOST}:${node.port}): `;

  test('where nobody listens', async () => {
    const { target } = echo;
    const refused = dial({ ...target, port: 1 });
    await expect(refused).rejects.toThrow(`${label()}dial tcp ${HOST}:1: connection refused`);
    await expect(refused).rejects.toBeInstanceOf(DialError);
  });

  test('where sshd may not forward', async () => {
    await using strict = await SshNode.start('AllowTcpForwarding no');
    await using own = openTunnel({ keyFile: strict.keyFile, port: strict.port, hostKeys: strict.hostKey });
    await expect(own.dialer.dial(echo.target)).rejects.toThrow(/administratively prohibited/);
  });

  test('when its caller gives up', async () => {
    const patience = new AbortController();
    const dialled = tunnel.dialer.dial(echo.target, patience.signal);
    patience.abort();
    await expect(dialled).rejects.toThrow(`${label()}`);
    await eventuallyPasses(() => expect(echo.connections).toBe(0));
  });
});

test('an sshd that lets nobody run commands is used all the same', async () => {
  await using strict = await SshNode.start('MaxSessions 0');
  await using own = openTunnel({ keyFile: strict.keyFile, port: strict.port, hostKeys: strict.hostKey });
  expect(await echoed(await own.dialer.dial(echo.target), 'hello')).toBe('hello');
});

describe('a tunnel that is cut', () => {
  const throughRelay = async (relay: SshRelay) =>
    openTunnel({ keyFile: node.keyFile, host: '127.0.0.1', port: relay.port, hostKeys: node.hostKey });
  const way = () => ({ host: HOST, port: node.port });

  test('without a word is noticed within 5 s, and made anew', async () => {
    await using relay = await SshRelay.start(way());
    await using own = await throughRelay(relay);
    const stream = await own.dialer.dial(echo.target);
    expect(await echoed(stream, 'hello')).toBe('hello');
    const startMs = performance.now();
    relay.cut();
    const [[error], late] = await Promise.all([
      once(stream, 'error'),
      own.dialer.dial(echo.target).catch((error) => error),
    ]);
    expect(performance.now() - startMs).toBeLessThan(5_000);
    expect(error.message).toBe(`ssh: node "node-1" (127.0.0.1:${relay.port}): no answer for 4 s`);
    expect(late.message).toStartWith(`ssh: node "node-1" (127.0.0.1:${relay.port}): `);
    expect(await own.metric('hawser_ssh_tunnel_up')).toBe('0');
    relay.mend();
    await eventuallyPasses(async () => {
      expect(await echoed(await own.dialer.dial(echo.target), 'again')).toBe('again');
    });
    expect(await own.metric('hawser_ssh_tunnel_up')).toBe('1');
  });

  test('by a reset is an error to those who read, and not an end', async () => {
    await using relay = await SshRelay.start(way());
    await using own = await throughRelay(relay);
    const stream = await own.dialer.dial(echo.target);
    await echoed(stream, 'hello');
    relay.reset();
    await expect(text(stream)).rejects.toThrow(`ssh: node "node-1" (127.0.0.1:${relay.port}): `);
    await eventuallyPasses(async () => {
      expect(await echoed(await own.dialer.dial(echo.target), 'again')).toBe('again');
    });
  });

  test('by the end of sshd is back when sshd is', async () => {
    await using mortal = await SshNode.start();
    await using own = openTunnel({ keyFile: mortal.keyFile, port: mortal.port, hostKeys: mortal.hostKey });
    const stream = await own.dialer.dial(echo.target);
    await echoed(stream, 'hello');
    await mortal.sshd.kill9();
    await expect(text(stream)).rejects.toThrow(`ssh: node "node-1" (${HOST}:${mortal.port}): `);
    await eventuallyPasses(() =>
      expect(own.dialer.dial(echo.target)).rejects.toThrow(/connect ECONNREFUSED|connection refused/i),
    );
    await mortal.listen();
    const startMs = performance.now();
    await eventuallyPasses(async () => {
      expect(await echoed(await own.dialer.dial(echo.target), 'again')).toBe('again');
    });
    expect(performance.now() - startMs).toBeLessThan(2_000);
    expect(Number(await own.metric('ssh_tunnel_open_fail_count'))).toBeGreaterThan(0);
  });
});

/** How long something takes to come back. */
async function medianMs(stream: Duplex, rounds: number): Promise<number> {
  const tookMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startMs = performance.now();
    await echoed(stream, 'ping');
    tookMs.push(performance.now() - startMs);
  }
  return median(tookMs);
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
