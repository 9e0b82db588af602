import { describe, expect, test } from 'bun:test';
import { once } from 'node:events';
import { RawWebSocket, webSocketRequest } from '../testing/raw-web-socket.ts';
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
});
