import { describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { aborted, FakeClock } from '@hawser/runtime';
import { SpdyConnection } from '../spdy/spdy-connection.ts';
import type { SpdyStream } from '../spdy/spdy-stream.ts';
import { RawWebSocket, spdyRequest, webSocketRequest } from '../testing/raw-web-socket.ts';
import { readAll } from '../testing/read-all.ts';
import { readHead, socketPair } from '../testing/socket-pair.ts';
import { UpgradeFailedError } from '../upgrade/upgrade-error.ts';
import { acceptRemoteCommand } from './accept-remote-command.ts';
import { dialRemoteCommand, type RemoteCommandClient } from './dial-remote-command.ts';
import { pipeRemoteCommand } from './pipe-remote-command.ts';
import type { CommandStatus, RemoteCommandOptions, RemoteCommandStreams } from './remote-command-streams.ts';

const ALL = { stdin: true, stdout: true, stderr: true, tty: false };
const REQUEST = { path: '/exec/default/web/nginx?command=sh', headers: { Host: 'node-1:10250' } };
const SUCCESS: CommandStatus = { metadata: {}, status: 'Success' };
const EXIT_3: CommandStatus = { metadata: {}, status: 'Failure', reason: 'NonZeroExitCode' };

/** A kubelet of ours and a client of it. */
async function kubelet(options: RemoteCommandOptions = ALL) {
  const [near, far] = await socketPair();
  const dialled = dialRemoteCommand(near, REQUEST, options);
  dialled.catch(() => {});
  const { text, rest } = await readHead(far);
  const offers = text.split('\r\n').flatMap((line) => line.split('X-Stream-Protocol-Version: ').slice(1));
  const server = await acceptRemoteCommand(spdyRequest(offers), far, rest, options);
  return { asked: text, server, client: await dialled, far };
}

/** A server that answers a dialling with something of its own. */
async function answering(
  answer: string | Buffer,
  end = false,
): Promise<[Promise<RemoteCommandClient>, Socket]> {
  const [near, far] = await socketPair();
  const dialled = dialRemoteCommand(near, REQUEST, ALL);
  dialled.catch(() => {});
  await readHead(far);
  far
    .on('error', () => {})
    .resume()
    .write(answer);
  if (end) far.end();
  return [dialled, near];
}

describe('dialling', () => {
  test('asks as client-go does, and carries streams, sizes and status', async () => {
    const { asked, server, client } = await kubelet({ ...ALL, tty: true });
    expect(asked.split('\r\n')).toEqual([
      'POST /exec/default/web/nginx?command=sh HTTP/1.1',
      'Host: node-1:10250',
      'Connection: Upgrade',
      'Upgrade: SPDY/3.1',
      'Content-Length: 0',
      ...['v4.', 'v3.', 'v2.', ''].map((version) => `X-Stream-Protocol-Version: ${version}channel.k8s.io`),
    ]);
    client.stdin!.end('in');
    expect(String(await readAll(server.stdin!))).toBe('in');
    const { promise, resolve } = Promise.withResolvers<unknown>();
    server.onResize(resolve);
    client.resize({ width: 80, height: 24 });
    expect(await promise).toEqual({ width: 80, height: 24 });
    server.stdout!.write('out');
    const finished = server.finish(EXIT_3);
    expect(String(await readAll(client.stdout!))).toBe('out');
    expect(await client.status).toEqual(EXIT_3);
    await Promise.all([finished, client.close()]);
  });

  const refusals = [
    { name: 'with a length', head: 'Content-Length: 9\r\n', body: 'forbidden', end: false },
    {
      name: 'in chunks',
      head: 'Transfer-Encoding: chunked\r\n',
      body: '4\r\nforb\r\n5\r\nidden\r\n0\r\n\r\n',
      end: false,
    },
    { name: 'until the end', head: '', body: 'forbidden', end: true },
  ];
  for (const { name, head, body, end } of refusals)
    test(`another answer is an error with its code and body, ${name}`, async () => {
      const [dialled] = await answering(`HTTP/1.1 403 Forbidden\r\n${head}\r\n${body}`, end);
      const error = (await dialled.catch((thrown: unknown) => thrown)) as UpgradeFailedError;
      expect(error).toBeInstanceOf(UpgradeFailedError);
      expect([error.code, error.body.toString()]).toEqual([403, 'forbidden']);
    });

  test('interim answers are passed over', async () => {
    const interim = 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n';
    const [dialled] = await answering(`${interim}HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n`);
    await expect(dialled).rejects.toThrow('answered the request to upgrade with 404');
  });

  const broken = [
    { name: 'no HTTP', answer: 'SSH-2.0-OpenSSH_9.2\r\n\r\n', message: 'no HTTP/1.1' },
    { name: 'an endless head', answer: `HTTP/1.1 101 x\r\n${'x'.repeat(70_000)}`, message: 'too long' },
    { name: 'a faulty header', answer: 'HTTP/1.1 101 x\r\nno colon\r\n\r\n', message: 'faulty header' },
    {
      name: 'another protocol',
      answer: 'HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
      message: 'other than SPDY',
    },
    {
      name: 'a version that was not offered',
      answer:
        'HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v9\r\n\r\n',
      message: 'not offered: v9',
    },
  ];
  for (const { name, answer, message } of broken)
    test(`${name} is an error`, async () => {
      const [dialled, near] = await answering(answer);
      await expect(dialled).rejects.toThrow(message);
      expect(near.destroyed).toBe(true);
    });

  test('a server that closes without an answer, and one that never answers, are errors', async () => {
    const [dialled] = await answering('', true);
    await expect(dialled).rejects.toThrow('ended before the answer');
    const [near] = await socketPair();
    const clock = new FakeClock();
    const waiting = dialRemoteCommand(near, REQUEST, { ...ALL, clock });
    clock.advance(30_000);
    await expect(waiting).rejects.toThrow('timed out waiting for the answer');
    expect(near.destroyed).toBe(true);
  });

  test('a caller who gives up ends it', async () => {
    const [near] = await socketPair();
    const controller = new AbortController();
    const waiting = dialRemoteCommand(near, REQUEST, { ...ALL, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(near.destroyed).toBe(true);
  });

  test('a header that would begin another line is not sent', async () => {
    const [near] = await socketPair();
    const headers = { Host: 'x\r\nAuthorization: Bearer y' };
    await expect(dialRemoteCommand(near, { path: '/', headers }, ALL)).rejects.toThrow(TypeError);
  });
});

/** A kubelet as Go's streaming server ends a session: every stream is reset, then comes GOAWAY. */
async function goKubelet(serve: (streams: Record<string, SpdyStream>) => void): Promise<RemoteCommandClient> {
  const [near, far] = await socketPair();
  const dialled = dialRemoteCommand(near, REQUEST, ALL);
  const { rest } = await readHead(far);
  const lines = ['Connection: Upgrade', 'Upgrade: SPDY/3.1', 'X-Stream-Protocol-Version: v4.channel.k8s.io'];
  far.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
  const streams: Record<string, SpdyStream> = {};
  const onStream = (stream: SpdyStream) => {
    stream.accept();
    streams[stream.headers['streamtype']!] = stream;
    if (Object.keys(streams).length < 4) return;
    serve(streams);
    for (const each of Object.values(streams)) each.destroy();
    connection.close();
  };
  const connection = new SpdyConnection(far, { role: 'server', onStream }, rest);
  return dialled;
}

describe('a server that resets its streams to end them', () => {
  test('has said all that came before', async () => {
    const client = await goKubelet(({ stdout, error }) => {
      stdout!.write('x'.repeat(60_000));
      error!.write(JSON.stringify(EXIT_3));
    });
    expect((await readAll(client.stdout!)).length).toBe(60_000);
    expect(await client.status).toEqual(EXIT_3);
  });

  test('and says nothing on the error stream, means success', async () => {
    const client = await goKubelet(() => {});
    expect(await client.status).toEqual(SUCCESS);
  });
});

/** A hub between a client of WebSocket and a kubelet of SPDY. */
async function translated() {
  const { server: node, client, far: nodeSocket } = await kubelet();
  const [near, far] = await socketPair();
  const user = new RawWebSocket(near);
  const server = await acceptRemoteCommand(
    webSocketRequest(['v5.channel.k8s.io']),
    far,
    Buffer.alloc(0),
    ALL,
  );
  return { user, node, nodeSocket, piped: pipeRemoteCommand(server, client) };
}

async function writeAll(stdout: RemoteCommandStreams['stdout'], chunks: number): Promise<string> {
  const hash = createHash('sha256');
  for (let i = 0; i < chunks; i += 1) {
    const chunk = Buffer.alloc(65_537, i);
    hash.update(chunk);
    if (!stdout!.write(chunk)) await once(stdout!, 'drain');
  }
  return hash.digest('hex');
}

describe('translating', () => {
  test('all output arrives before the status', async () => {
    const { user, node, piped } = await translated();
    const hash = await writeAll(node.stdout, 200);
    node.stderr!.write('warning');
    void node.finish(EXIT_3);
    await user.until(() => user.closeCode !== undefined);
    expect(createHash('sha256').update(user.on(1)).digest('hex')).toBe(hash);
    expect([user.on(2), user.on(3)].map(String)).toEqual(['warning', JSON.stringify(EXIT_3)]);
    user.close();
    expect(await piped).toEqual({ stdinBytes: 0, outputBytes: 200 * 65_537 + 7, status: EXIT_3 });
  });

  test('stdin goes through and ends by itself', async () => {
    const { user, node, piped } = await translated();
    user.sendOn(0, 'question');
    user.sendOn(255, Buffer.from([0]));
    node.stdout!.write(`${await readAll(node.stdin!)}?`);
    void node.finish(SUCCESS);
    await user.until(() => user.closeCode !== undefined);
    expect(String(user.on(1))).toBe('question?');
    user.close();
    expect((await piped).stdinBytes).toBe(8);
  });

  test('a user who goes away ends the command', async () => {
    const { user, node, piped } = await translated();
    user.socket.destroy();
    await Promise.all([piped, aborted(node.signal)]);
  });

  test('a kubelet that goes away is told as an internal error', async () => {
    const { user, node, nodeSocket, piped } = await translated();
    node.stdout!.write('half');
    await user.until(() => user.on(1).length > 0);
    nodeSocket.destroy();
    await user.until(() => user.closeCode !== undefined);
    expect(JSON.parse(String(user.on(3)))).toMatchObject({
      status: 'Failure',
      reason: 'InternalError',
      code: 500,
    });
    user.close();
    expect((await piped).status.status).toBe('Failure');
  });

  test('so is one that goes away between the output and the status', async () => {
    const { user, node, nodeSocket, piped } = await translated();
    await Promise.all([node.stdout, node.stderr].map((stream) => once(stream!.end(), 'finish')));
    nodeSocket.end();
    await user.until(() => user.closeCode !== undefined);
    expect(JSON.parse(String(user.on(3)))).toMatchObject({ reason: 'InternalError', code: 500 });
    user.close();
    expect((await piped).status.status).toBe('Failure');
  });
});
