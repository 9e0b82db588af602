import { expect, test } from 'bun:test';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { type PassedRequest, passOn } from './pass-on.ts';

/** Asks a target that answers every request with these bytes. */
async function answerTo(bytes: string) {
  const server = net.createServer((far) => far.on('error', () => {}).once('data', () => far.end(bytes)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  const request = { headers: {} };
  const context = { request, signal: new AbortController().signal } as unknown as PassedRequest['context'];
  const page = { prefix: '/proxy', hosts: [] };
  try {
    return await passOn({ context, socket, method: 'GET', path: '/', headers: [['Host', 'a']], page });
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
