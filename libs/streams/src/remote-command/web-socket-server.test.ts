import { describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { aborted, FakeClock } from '@hawser/runtime';
import { eventually, settled } from '@hawser/runtime/testing';
import { clientFrame, RawWebSocket, webSocketRequest } from '../testing/raw-web-socket.ts';
import { readAll } from '../testing/read-all.ts';
import { socketPair } from '../testing/socket-pair.ts';
import { Opcode } from '../websocket/web-socket-frames.ts';
import { type AcceptOptions, acceptRemoteCommand } from './accept-remote-command.ts';
import type { CommandStatus, RemoteCommandOptions } from './remote-command-streams.ts';

const ALL = { stdin: true, stdout: true, stderr: true, tty: false };
const SUCCESS: CommandStatus = { metadata: {}, status: 'Success' };
const EXIT_3: CommandStatus = {
  metadata: {},
  status: 'Failure',
  reason: 'NonZeroExitCode',
  message: 'command terminated with non-zero exit code: exit status 3',
  details: { causes: [{ reason: 'ExitCode', message: '3' }] },
};

/** A session over real sockets; the client is raw. */
async function session(protocols: readonly string[], options: RemoteCommandOptions & AcceptOptions = ALL) {
  const [near, far] = await socketPair();
  const client = new RawWebSocket(near);
  const server = await acceptRemoteCommand(webSocketRequest(protocols), far, Buffer.alloc(0), options);
  return { client, server, far };
}

describe('versions', () => {
  const cases = [
    {
      name: 'v5',
      offers: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
      chosen: 'v5.channel.k8s.io',
      json: true,
    },
    {
      name: 'v4',
      offers: ['v4.channel.k8s.io', 'v5.channel.k8s.io'],
      chosen: 'v4.channel.k8s.io',
      json: true,
    },
    {
      name: 'v3',
      offers: ['v9.channel.k8s.io', 'v3.channel.k8s.io'],
      chosen: 'v3.channel.k8s.io',
      json: false,
    },
    { name: 'v2', offers: ['v2.channel.k8s.io'], chosen: 'v2.channel.k8s.io', json: false },
    { name: 'v1', offers: ['channel.k8s.io'], chosen: 'channel.k8s.io', json: false },
    { name: 'none', offers: [], chosen: '', json: false },
  ];
  for (const { name, offers, chosen, json } of cases)
    test(`${name}: streams and status`, async () => {
      const { client, server } = await session(offers);
      expect(server.protocol).toBe(chosen);
      expect((await client.answer).includes(`Sec-WebSocket-Protocol: ${chosen}`)).toBe(chosen !== '');
      client.sendOn(0, 'in');
      const [chunk] = await once(server.stdin!, 'data');
      expect(String(chunk)).toBe('in');
      server.stdout!.write('out');
      server.stderr!.write('err');
      const finished = server.finish(EXIT_3);
      await client.until(() => client.closeCode !== undefined);
      expect(client.frames[0]).toEqual({ opcode: Opcode.binary, data: Buffer.from([1]) });
      expect([1, 2].map((channel) => client.on(channel).toString())).toEqual(['out', 'err']);
      const error = client.on(3).toString();
      expect(json ? JSON.parse(error) : error).toEqual(json ? EXIT_3 : EXIT_3.message);
      expect(client.closeCode).toBe(1000);
      client.close();
      await finished;
      expect(server.signal.aborted).toBe(true);
    });

  test('before v4 a success is not told', async () => {
    const { client, server } = await session(['v3.channel.k8s.io']);
    const finished = server.finish(SUCCESS);
    await client.until(() => client.closeCode !== undefined);
    expect(client.on(3).length).toBe(0);
    client.close();
    await finished;
  });

  for (const protocol of ['v4.base64.channel.k8s.io', 'base64.channel.k8s.io'])
    test(`${protocol} carries text`, async () => {
      const { client, server } = await session([protocol]);
      client.send(`0${Buffer.from('hello').toString('base64')}`, { opcode: Opcode.text });
      const [chunk] = await once(server.stdin!, 'data');
      expect(String(chunk)).toBe('hello');
      server.stdout!.write(Buffer.from([0, 255]));
      await client.until(() => client.frames.length === 2);
      expect(client.frames.map(({ opcode, data }) => [opcode, String(data)])).toEqual([
        [Opcode.text, '1'],
        [Opcode.text, '1AP8='],
      ]);
      server.destroy();
    });
});

describe('the first message is empty, on the lowest channel that can be written', () => {
  const none = { stdin: true, stdout: false, stderr: false, tty: false };
  const cases = [
    { name: 'stdout', options: { ...none, stdout: true, stderr: true }, channel: 1 },
    { name: 'stderr', options: { ...none, stderr: true }, channel: 2 },
    { name: 'error', options: none, channel: 3 },
  ];
  for (const { name, options, channel } of cases)
    test(name, async () => {
      const { client, server } = await session(['v4.channel.k8s.io'], options);
      await client.until(() => client.frames.length > 0);
      expect([...client.frames[0]!.data]).toEqual([channel]);
      server.destroy();
    });
});

describe('stdin', () => {
  test('ends by the close signal of v5, and output goes on', async () => {
    const { client, server } = await session(['v5.channel.k8s.io']);
    client.sendOn(0, 'abc');
    client.sendOn(255, Buffer.from([0]));
    client.sendOn(0, 'too late');
    expect(String(await readAll(server.stdin!))).toBe('abc');
    server.stdout!.write('still here');
    await client.until(() => client.on(1).length > 0);
    server.destroy();
  });

  test('knows no close signal before v5', async () => {
    const { client, server } = await session(['v4.channel.k8s.io']);
    client.sendOn(255, Buffer.from([0]));
    client.sendOn(0, 'abc');
    const [chunk] = await once(server.stdin!, 'data');
    expect([String(chunk), server.stdin!.readableEnded]).toEqual(['abc', false]);
    server.destroy();
  });

  test('a close signal may come in parts, and one that names no channel ends the session', async () => {
    const { client, server } = await session(['v5.channel.k8s.io']);
    client.send(Buffer.from([255]), { fin: false });
    client.send(Buffer.from([0]), { opcode: Opcode.continuation });
    await readAll(server.stdin!);
    client.send(Buffer.from([255]));
    await client.until(() => client.closeCode === 1002);
    server.destroy();
  });

  test('messages for channels that are not there, and empty ones, are passed over', async () => {
    const { client, server } = await session(['v5.channel.k8s.io']);
    for (const channel of [0, 1, 3, 9, 200]) client.sendOn(channel, channel === 0 ? '' : 'x');
    client.send('');
    client.sendOn(0, 'abc');
    const [chunk] = await once(server.stdin!, 'data');
    expect(String(chunk)).toBe('abc');
    server.destroy();
  });

  test('what is no base64 ends the session', async () => {
    const { client, server } = await session(['v4.base64.channel.k8s.io']);
    client.send('0a*b=', { opcode: Opcode.text });
    await client.until(() => client.closeCode === 1007);
    server.destroy();
  });

  test('a message as large as it likes is not kept: a reader that is behind holds back the client', async () => {
    const { client, server } = await session(['v5.channel.k8s.io']);
    const total = 32 * 1024 * 1024;
    const frame = clientFrame(Buffer.alloc(total));
    const before = client.socket.writableLength;
    client.socket.write(frame);
    await settled(() => client.socket.writableLength);
    expect(client.socket.writableLength - before).toBeGreaterThan(total / 4);
    let size = 0;
    server.stdin!.on('data', (chunk: Buffer) => {
      size += chunk.length;
    });
    await eventually(() => size === total - 1);
    server.destroy();
  });
});

describe('the terminal', () => {
  test('sizes are told, the newest of those that came before there was a listener', async () => {
    const { client, server } = await session(['v5.channel.k8s.io'], { ...ALL, tty: true });
    client.sendOn(4, '{"Width":80,"Height":24}');
    client.sendOn(4, '{"Width":100,"Height":30}');
    client.sendOn(0, 'x');
    await once(server.stdin!, 'data');
    const sizes: unknown[] = [];
    server.onResize((size) => sizes.push(size));
    client.sendOn(4, 'nonsense}{"Width":-1,"Height":3}{"Width":1,"Height":2}');
    await eventually(() => sizes.length === 2);
    expect(sizes).toEqual([
      { width: 100, height: 30 },
      { width: 1, height: 2 },
    ]);
    expect(server.stderr).toBeUndefined();
    server.destroy();
  });
});

describe('output', () => {
  test('is whole when the status arrives', async () => {
    const { client, server } = await session(['v5.channel.k8s.io']);
    const [sent, got] = [createHash('sha256'), createHash('sha256')];
    for (let i = 0; i < 256; i += 1) {
      const chunk = Buffer.alloc(100_003, i);
      sent.update(chunk);
      server.stdout!.write(chunk);
    }
    const finished = server.finish(SUCCESS);
    await client.until(() => client.closeCode !== undefined);
    client.close();
    await finished;
    expect(got.update(client.on(1)).digest('hex')).toBe(sent.digest('hex'));
    const channels = client.frames
      .filter(({ opcode }) => opcode === Opcode.binary)
      .map(({ data }) => data[0]);
    expect(channels.lastIndexOf(1)).toBe(channels.indexOf(3) - 1);
  });

  test('a client that does not read holds back the writer, not the memory, and still gets all', async () => {
    const { client, server } = await session(['v5.channel.k8s.io']);
    await client.answer;
    client.socket.pause();
    let written = 0;
    const more = () => {
      while (written < 512) {
        written += 1;
        if (!server.stdout!.write(Buffer.alloc(64 * 1024))) return;
      }
    };
    server.stdout!.on('drain', more);
    more();
    await settled(() => written);
    expect(written).toBeLessThan(512);
    client.socket.resume();
    await eventually(() => written === 512);
    const finished = server.finish(SUCCESS);
    await client.until(() => client.closeCode !== undefined);
    expect(client.on(1).length).toBe(512 * 64 * 1024);
    client.close();
    await finished;
  });

  test('a write that is larger than clients take in comes in several messages', async () => {
    const { client, server } = await session(['v5.channel.k8s.io']);
    server.stdout!.write(Buffer.alloc(1024 * 1024, 'x'));
    await client.until(() => client.on(1).length === 1024 * 1024);
    expect(Math.max(...client.frames.map(({ data }) => data.length))).toBe(256 * 1024 + 1);
    server.destroy();
  });
});

describe('the end', () => {
  test('a client that goes away ends stdin and aborts the session, and nothing is thrown', async () => {
    const { client, server } = await session(['v5.channel.k8s.io']);
    const ended = readAll(server.stdin!);
    client.socket.destroy();
    await Promise.all([ended, aborted(server.signal)]);
    server.stdout!.write('nobody reads this');
    await server.finish(SUCCESS);
  });

  test('a client that says Close is answered', async () => {
    const { client, server } = await session(['v5.channel.k8s.io']);
    client.close(1001);
    await client.until(() => client.closeCode === 1001);
    await aborted(server.signal);
  });

  test('a client that does not close is not waited for', async () => {
    const clock = new FakeClock();
    const { client, server } = await session(['v5.channel.k8s.io'], { ...ALL, clock });
    const finished = server.finish(SUCCESS);
    await client.until(() => client.closeCode !== undefined);
    clock.advance(10_000);
    await finished;
  });

  test('a client that is still reading, as its pings show, gets more time, but not for ever', async () => {
    const clock = new FakeClock();
    const { client, server, far } = await session(['v5.channel.k8s.io'], { ...ALL, clock });
    const finished = server.finish(SUCCESS);
    await client.until(() => client.closeCode !== undefined);
    for (let seconds = 0; seconds < 290; seconds += 10) {
      const heard = once(far, 'data');
      client.send('', { opcode: Opcode.ping });
      await heard;
      clock.advance(9_999);
    }
    expect(far.destroyed).toBe(false);
    for (let i = 0; i < 2; i += 1) clock.advance(9_999);
    await finished;
  });

  test('stdin that nobody reads does not keep it', async () => {
    const { client, server } = await session(['v5.channel.k8s.io']);
    for (let i = 0; i < 64; i += 1) client.sendOn(0, Buffer.alloc(256 * 1024));
    const finished = server.finish(SUCCESS);
    await client.until(() => client.closeCode !== undefined);
    // The session is over for its stdin whether the client has closed or not.
    await readAll(server.stdin!);
    client.close();
    await finished;
  });
});

describe('signs of life', () => {
  test('a ping is answered with what it said', async () => {
    const { client, server } = await session(['v5.channel.k8s.io']);
    client.send('are you there', { opcode: Opcode.ping });
    await client.until(() => client.frames.some(({ opcode }) => opcode === Opcode.pong));
    expect(client.frames.find(({ opcode }) => opcode === Opcode.pong)!.data.toString()).toBe('are you there');
    server.destroy();
  });

  test('a peer that says nothing for long is dead; one that answers is not', async () => {
    const clock = new FakeClock();
    const keepAlive = { pingMs: 10, deadlineMs: 35 };
    const { client, server, far } = await session(['v5.channel.k8s.io'], { ...ALL, clock, keepAlive });
    const pings = () => client.frames.filter(({ opcode }) => opcode === Opcode.ping).length;
    for (let i = 1; i <= 5; i += 1) {
      await eventually(() => far.writableLength === 0);
      clock.advance(10);
      await client.until(() => pings() === i);
      const heard = once(far, 'data');
      client.send('', { opcode: Opcode.pong });
      await heard;
    }
    expect(server.signal.aborted).toBe(false);
    for (let i = 0; i < 4; i += 1) clock.advance(10);
    await aborted(server.signal);
  });

  test('a client whose stdin is held back gets pongs unasked, since its pings are not read', async () => {
    const clock = new FakeClock();
    const { client, server, far } = await session(['v5.channel.k8s.io'], { ...ALL, clock });
    client.sendOn(0, Buffer.alloc(1024 * 1024));
    await eventually(() => far.isPaused());
    for (let i = 1; i <= 40; i += 1) {
      await eventually(() => far.writableLength === 0);
      clock.advance(30_000);
      await client.until(() => client.frames.filter(({ opcode }) => opcode === Opcode.pong).length === i);
    }
    expect(server.signal.aborted).toBe(false);
    server.destroy();
  });

  test('a client that goes away while its stdin is held back is noticed by what it does not take', async () => {
    const clock = new FakeClock();
    const { client, server, far } = await session(['v5.channel.k8s.io'], { ...ALL, clock });
    client.sendOn(0, Buffer.alloc(4 * 1024 * 1024));
    await eventually(() => far.isPaused());
    client.socket.destroy();
    for (let i = 0; i < 200 && !server.signal.aborted; i += 1) {
      clock.advance(30_000);
      await new Promise(setImmediate);
    }
    await aborted(server.signal);
  });

  test('one that pings and does not read cannot make us keep the answers', async () => {
    const { client, server, far } = await session(['v5.channel.k8s.io']);
    await client.answer;
    client.socket.pause();
    const frames = Buffer.concat(
      Array.from({ length: 1_000 }, () => clientFrame(Buffer.alloc(125), { opcode: Opcode.ping })),
    );
    for (let i = 0; i < 200; i += 1) client.socket.write(Buffer.from(frames));
    await eventually(() => client.socket.writableLength === 0);
    expect(far.writableLength).toBeLessThan(64 * 1024);
    server.destroy();
  });
});

test('a flood of parts that hold nothing is passed over', async () => {
  const { client, server } = await session(['v5.channel.k8s.io']);
  const part = clientFrame(Buffer.alloc(0), { opcode: Opcode.continuation, fin: false });
  client.send(Buffer.alloc(0), { fin: false });
  client.socket.write(Buffer.concat(Array.from({ length: 100_000 }, () => part)));
  client.send('', { opcode: Opcode.continuation });
  client.sendOn(0, 'after');
  const [chunk] = await once(server.stdin!, 'data');
  expect(String(chunk)).toBe('after');
  server.destroy();
});
