import { expect, test } from 'bun:test';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { forwardedHeaders } from '../connect/forwarded-headers.ts';
import { type PassedRequest, passOn } from './pass-on.ts';

const NO_BODY = { headers: {} } as IncomingMessage;
const context = (request: IncomingMessage) =>
  ({ request, signal: new AbortController().signal }) as unknown as PassedRequest['context'];
const page = { prefix: '/proxy', hosts: [] };

/** Asks a target that answers every request with these bytes. */
async function answerTo(bytes: string) {
  const server = net.createServer((far) => far.on('error', () => {}).once('data', () => far.end(bytes)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  const headers = [['Host', 'a']] as const;
  try {
    return await passOn({
      context: context(NO_BODY),
      socket,
      way: {},
      method: 'GET',
      path: '/',
      headers,
      page,
    });
  } finally {
    server.close();
  }
}

test('the code of a target is that of the answer', async () => {
  expect(await answerTo('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n')).toMatchObject({ code: 418 });
});

for (const code of ['000', '099', '101', '600', '999'])
  test(`a target that answers ${code} to a plain request has not answered`, async () => {
    await expect(answerTo(`HTTP/1.1 ${code} X\r\n\r\nwhat follows`)).rejects.toMatchObject({
      code: 503,
      message: `error trying to reach service: malformed HTTP status code "${Number(code)}"`,
    });
  });

for (const method of ['GET', 'DELETE', 'OPTIONS', 'POST'])
  test(`the body of a ${method} is never read as another request, whatever Connection names`, async () => {
    const asked: string[] = [];
    const server = http.createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers['transfer-encoding']}`);
      request.resume().once('end', () => response.end());
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    const body = 'POST /exec HTTP/1.1\r\nHost: a\r\n\r\n';
    const rawHeaders = ['Host', 'a', 'Connection', 'content-length', 'Content-Length', String(body.length)];
    const request = Object.assign(Readable.from([Buffer.from(body)]), {
      headers: { connection: 'content-length', 'content-length': String(body.length) },
      rawHeaders,
    }) as unknown as IncomingMessage;
    const headers = [['Host', 'a'] as const, ...forwardedHeaders(request, '192.0.2.1')];
    await passOn({ context: context(request), socket, way: {}, method, path: '/', headers, page });
    expect(asked).toEqual([`${method} / chunked`]);
    socket.destroy();
    server.close();
  });
