import { describe, expect, test } from 'bun:test';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { spdyRequest, webSocketRequest } from '../testing/raw-web-socket.ts';
import { readAll } from '../testing/read-all.ts';
import { socketPair } from '../testing/socket-pair.ts';
import type { UpgradeRequest } from '../upgrade/upgrade-request.ts';
import { acceptRemoteCommand } from './accept-remote-command.ts';
import { negotiateRemoteCommand } from './negotiate-remote-command.ts';

const OPTIONS = { stdin: false, stdout: true, stderr: false, tty: false };

/** The whole answer to a request that is turned down. */
async function refused(request: UpgradeRequest, options = {}): Promise<string> {
  const [near, far] = await socketPair();
  const accepted = acceptRemoteCommand(request, far, Buffer.alloc(0), { ...OPTIONS, ...options });
  const [answer] = await Promise.all([readAll(near), accepted.catch(() => {})]);
  near.destroy();
  return String(answer);
}

const withHeaders = (
  request: UpgradeRequest,
  headers: Record<string, string | undefined>,
): UpgradeRequest => ({
  ...request,
  headers: { ...request.headers, ...headers },
});

test('the first of the client’s offers that is known is taken', () => {
  const offers = ['v6.channel.k8s.io', 'v3.channel.k8s.io', 'v4.channel.k8s.io'];
  expect(negotiateRemoteCommand(webSocketRequest(offers))).toEqual({
    transport: 'websocket',
    protocol: 'v3.channel.k8s.io',
  });
  expect(negotiateRemoteCommand(spdyRequest(offers))).toEqual({
    transport: 'spdy',
    protocol: 'v3.channel.k8s.io',
  });
});

test('the headers are read whatever their case, and beside other tokens', () => {
  const request = webSocketRequest([]);
  for (const connection of ['keep-alive, Upgrade', 'UPGRADE'])
    expect(negotiateRemoteCommand(withHeaders(request, { connection, upgrade: 'WebSocket' })).protocol).toBe(
      '',
    );
});

describe('refusals', () => {
  const webSocket = webSocketRequest(['v5.channel.k8s.io']);
  const cases = [
    {
      name: 'no upgrade',
      request: { method: 'GET', url: '/', headers: {} },
      code: 400,
      message: 'missing upgrade headers',
    },
    {
      name: 'an unknown protocol',
      request: withHeaders(webSocket, { upgrade: 'h2c' }),
      code: 400,
      message: 'missing upgrade headers',
    },
    {
      name: 'SPDY without offers',
      request: spdyRequest([]),
      code: 400,
      message: 'does not exist in request',
    },
    {
      name: 'SPDY with an empty offer',
      request: spdyRequest([' , ']),
      code: 400,
      message: 'no valid protocols',
    },
    {
      name: 'WebSocket by POST',
      request: { ...webSocket, method: 'POST' },
      code: 400,
      message: 'bad method',
    },
    {
      name: 'another version of WebSocket',
      request: withHeaders(webSocket, { 'sec-websocket-version': '8' }),
      code: 400,
      message: 'Version',
    },
    {
      name: 'no key',
      request: withHeaders(webSocket, { 'sec-websocket-key': undefined }),
      code: 400,
      message: 'bad challenge',
    },
    {
      name: 'a short key',
      request: withHeaders(webSocket, { 'sec-websocket-key': 'YQ==' }),
      code: 400,
      message: 'bad challenge',
    },
    {
      name: 'no known subprotocol',
      request: webSocketRequest(['v9.channel.k8s.io']),
      code: 403,
      message: 'not supported: [v9.channel.k8s.io]',
    },
    {
      name: 'no known protocol of SPDY',
      request: spdyRequest(['v9.channel.k8s.io']),
      code: 403,
      message: 'client supports [v9.channel.k8s.io]',
    },
  ] as { name: string; request: UpgradeRequest; code: number; message: string }[];
  for (const { name, request, code, message } of cases)
    test(name, async () => {
      const [head = '', body = ''] = (await refused(request)).split('\r\n\r\n');
      expect(head).toStartWith(`HTTP/1.1 ${code} `);
      expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
      const status = JSON.parse(body);
      expect(status).toMatchObject({ kind: 'Status', status: 'Failure', code });
      expect(status.message).toContain(message);
    });

  test('name what the server would have accepted, a line each', async () => {
    const answer = await refused(spdyRequest(['v9.channel.k8s.io']));
    expect([...(answer.match(/X-Accepted-Stream-Protocol-Versions: \S+/g) ?? [])]).toEqual(
      ['v4.', 'v3.', 'v2.', ''].map(
        (version) => `X-Accepted-Stream-Protocol-Versions: ${version}channel.k8s.io`,
      ),
    );
  });

  test('have the body that the caller makes', async () => {
    const statusOf = ({ code, reason }: { code: number; reason: string }) => ({ mine: `${code} ${reason}` });
    expect(await refused(spdyRequest([]), { statusOf })).toEndWith('{"mine":"400 BadRequest"}\n');
  });

  test('cannot be made to say more than they are', async () => {
    const answer = await refused(spdyRequest(['x\r\nSet-Cookie: y']));
    expect(answer.split('\r\n\r\n')[0]).not.toContain('\r\nSet-Cookie');
  });

  test('a client that is gone gets none, and nothing is thrown but the refusal', async () => {
    const [near, far] = await socketPair();
    near.destroy();
    far.destroy();
    const accepted = acceptRemoteCommand(spdyRequest([]), far, Buffer.alloc(0), OPTIONS);
    await expect(accepted).rejects.toThrow('unable to upgrade');
  });
});

/** As it comes from an HTTP server: POST with its offers in several lines, and a GET. */
describe('an HTTP server’s upgrade', () => {
  async function serve() {
    const accepted = Promise.withResolvers<string>();
    const server = createServer();
    server.on('upgrade', (request, socket, head) => {
      const session = acceptRemoteCommand(request, socket, head, OPTIONS);
      session.then(({ protocol, destroy }) => {
        accepted.resolve(protocol);
        destroy();
      }, accepted.reject);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { server, accepted: accepted.promise, port: (server.address() as AddressInfo).port };
  }

  test('kubectl’s lines of offers are read as one list', async () => {
    const { server, accepted, port } = await serve();
    const client = connect(port, '127.0.0.1');
    const offers = ['v5', 'v4', 'v3'].map(
      (version) => `X-Stream-Protocol-Version: ${version}.channel.k8s.io\r\n`,
    );
    const lines = [
      'POST /exec HTTP/1.1',
      'Host: x',
      'Connection: Upgrade',
      'Upgrade: SPDY/3.1',
      'Content-Length: 0',
    ];
    client.write(`${lines.join('\r\n')}\r\n${offers.join('')}\r\n`);
    const [chunk] = await once(client, 'data');
    expect(String(chunk)).toContain('X-Stream-Protocol-Version: v4.channel.k8s.io');
    client.destroy();
    await accepted.catch(() => {});
    server.close();
  });

  test('a subprotocol goes through', async () => {
    const { server, accepted, port } = await serve();
    const { headers } = webSocketRequest(['v5.channel.k8s.io', 'v4.channel.k8s.io']);
    const client = httpRequest({ port, host: '127.0.0.1', headers: headers as Record<string, string> });
    client.on('error', () => {}).end();
    expect(await accepted).toBe('v5.channel.k8s.io');
    client.destroy();
    server.close();
  });
});
