import { describe, expect, test } from 'bun:test';
import { aborted, FakeClock } from '@hawser/runtime';
import { eventually } from '@hawser/runtime/testing';
import { SpdyConnection } from '../spdy/spdy-connection.ts';
import type { SpdyStream } from '../spdy/spdy-stream.ts';
import { spdyRequest } from '../testing/raw-web-socket.ts';
import { readAll } from '../testing/read-all.ts';
import { readHead, socketPair } from '../testing/socket-pair.ts';
import { type AcceptOptions, acceptRemoteCommand } from './accept-remote-command.ts';
import type { CommandStatus, RemoteCommandOptions } from './remote-command-streams.ts';

const ALL = { stdin: true, stdout: true, stderr: true, tty: false };
const TTY = { stdin: true, stdout: true, stderr: true, tty: true };
const FAILURE: CommandStatus = { metadata: {}, status: 'Failure', message: 'it went wrong', code: 500 };

/** A server that waits for its streams, and the connection of a client that has not opened them. */
async function dial(protocols: readonly string[], options: RemoteCommandOptions & AcceptOptions = ALL) {
  const [near, far] = await socketPair();
  const accepted = acceptRemoteCommand(spdyRequest(protocols), far, Buffer.alloc(0), options);
  accepted.catch(() => {});
  const { text, rest } = await readHead(near);
  return { client: new SpdyConnection(near, { role: 'client' }, rest), accepted, answer: text, far };
}

async function session(protocol: string, types: readonly string[], options?: RemoteCommandOptions) {
  const { client, accepted } = await dial([protocol], options);
  const opened = types.map(async (type) => [type, await client.createStream({ streamType: type })] as const);
  const streams: Record<string, SpdyStream> = Object.fromEntries(await Promise.all(opened));
  return { client, streams, server: await accepted };
}

const text = async (stream: SpdyStream | undefined) => String(await readAll(stream!));

describe('versions', () => {
  const cases = [
    { protocol: 'v4.channel.k8s.io', error: JSON.stringify(FAILURE) },
    { protocol: 'v3.channel.k8s.io', error: 'it went wrong' },
    { protocol: 'v2.channel.k8s.io', error: 'it went wrong' },
    { protocol: 'channel.k8s.io', error: 'it went wrong' },
  ];
  for (const { protocol, error } of cases)
    test(`${protocol}: streams and status`, async () => {
      const { client, streams, server } = await session(protocol, ['error', 'stdin', 'stdout', 'stderr']);
      expect(server.protocol).toBe(protocol);
      streams['stdin']!.end('in');
      expect(String(await readAll(server.stdin!))).toBe('in');
      const said = ['stdout', 'stderr', 'error'].map((type) => text(streams[type]));
      server.stdout!.write('out');
      server.stderr!.write('err');
      await server.finish(FAILURE);
      expect(await Promise.all(said)).toEqual(['out', 'err', error]);
      expect(server.signal.aborted).toBe(true);
      await client.closed;
    });

  test('kubectl’s offers are answered with v4', async () => {
    const offers = ['v5', 'v4', 'v3', 'v2'].map((version) => `${version}.channel.k8s.io`);
    const { answer, client } = await dial([...offers, 'channel.k8s.io']);
    expect(answer).toContain('X-Stream-Protocol-Version: v4.channel.k8s.io');
    client.destroy();
  });

  test('a terminal has sizes and no stderr from v3 on', async () => {
    const { streams, server, client } = await session(
      'v3.channel.k8s.io',
      ['error', 'stdin', 'stdout', 'resize'],
      TTY,
    );
    expect(server.stderr).toBeUndefined();
    const { promise, resolve } = Promise.withResolvers<unknown>();
    server.onResize(resolve);
    for (const part of ['{"Width":132,', '"Height":43}']) streams['resize']!.write(part);
    expect(await promise).toEqual({ width: 132, height: 43 });
    client.destroy();
  });

  test('a terminal of v2 has no sizes', async () => {
    const { server, client } = await session('v2.channel.k8s.io', ['error', 'stdin', 'stdout'], TTY);
    expect(server.stdout).toBeDefined();
    client.destroy();
  });
});

describe('streams', () => {
  test('one that was not asked for, and a second of a kind, are refused', async () => {
    const { client, accepted } = await dial(['v4.channel.k8s.io'], { ...ALL, stdin: false, stderr: false });
    await client.createStream({ streamType: 'error' });
    for (const streamType of ['error', 'stdin', 'stderr', 'resize', 'nonsense'])
      await expect(client.createStream({ streamType })).rejects.toThrow('refused');
    await client.createStream({ streamType: 'stdout' });
    expect((await accepted).stdin).toBeUndefined();
    client.destroy();
  });

  test('a client that does not open them in 30 s is cut off', async () => {
    const clock = new FakeClock();
    const { client, accepted } = await dial(['v4.channel.k8s.io'], { ...ALL, clock });
    await client.createStream({ streamType: 'error' });
    clock.advance(30_000);
    await expect(accepted).rejects.toThrow('timed out waiting for client to create streams');
    await client.closed;
  });

  test('a client that goes away before is noticed', async () => {
    const { client, accepted } = await dial(['v4.channel.k8s.io']);
    client.destroy();
    await expect(accepted).rejects.toThrow('the client has closed the connection');
  });

  test('a client that goes away later aborts the session', async () => {
    const { client, server } = await session('v4.channel.k8s.io', ['error', 'stdin', 'stdout', 'stderr']);
    client.destroy();
    await aborted(server.signal);
    server.stdout!.write('nobody reads this');
    await server.finish(FAILURE);
  });
});

test('finish does not wait for stdin that nobody reads', async () => {
  const { streams, server, client } = await session('v4.channel.k8s.io', [
    'error',
    'stdin',
    'stdout',
    'stderr',
  ]);
  const stdin = streams['stdin']!;
  // The connection is held back: the last chunk is not taken while nobody reads.
  for (let i = 0; i < 64; i += 1) stdin.write(Buffer.alloc(256 * 1024));
  const error = text(streams['error']);
  await server.finish(FAILURE);
  expect(await error).toBe(JSON.stringify(FAILURE));
  await client.closed;
});

test('a client that goes away while its stdin is held back is noticed by what it does not take', async () => {
  const clock = new FakeClock();
  const { client, accepted, far } = await dial(['v4.channel.k8s.io'], { ...ALL, stderr: false, clock });
  const [, stdin] = await Promise.all(
    ['error', 'stdin', 'stdout'].map((streamType) => client.createStream({ streamType })),
  );
  const server = await accepted;
  stdin!.write(Buffer.alloc(4 * 1024 * 1024));
  await eventually(() => far.isPaused());
  client.destroy();
  for (let i = 0; i < 200 && !server.signal.aborted; i += 1) {
    clock.advance(30_000);
    await new Promise(setImmediate);
  }
  await aborted(server.signal);
});
