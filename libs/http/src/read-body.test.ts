import { afterAll, beforeAll, expect, test } from 'bun:test';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { readBody } from './read-body.ts';

let outcome: (result: Promise<Buffer>) => void;
const server = http.createServer((request, response) => {
  outcome(readBody(request, 100).finally(() => response.end()));
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => void server.close());

/** Writes a request as it stands, leaves where told, and gives what came of its body. */
async function bodyOf(text: string, leaves = false): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<Promise<Buffer>>();
  // Wrapped: what is being waited for is the beginning.
  const begun = new Promise<{ result: Promise<Buffer> }>((done) => {
    outcome = (result) => {
      result.catch(() => {});
      done({ result });
      resolve(result);
    };
  });
  const { port } = server.address() as AddressInfo;
  const socket = net.connect(port, '127.0.0.1', () => socket.write(`POST / HTTP/1.1\r\nHost: x\r\n${text}`));
  socket.on('error', () => {});
  await begun;
  if (leaves) socket.destroy();
  const body = await promise.finally(() => socket.destroy());
  return body.toString();
}

test('a body is read whole', async () => {
  expect(await bodyOf('Content-Length: 5\r\n\r\nhello')).toBe('hello');
  expect(await bodyOf('Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n')).toBe('hello');
});

test('a body beyond the limit is a 413, announced or not', async () => {
  for (const text of [
    'Content-Length: 101\r\n\r\n',
    `Transfer-Encoding: chunked\r\n\r\n65\r\n${'x'.repeat(101)}\r\n0\r\n\r\n`,
  ])
    expect(await bodyOf(text).catch((error) => error.code)).toBe(413);
});

test('a client that leaves in the middle is its own fault', async () => {
  for (const text of ['Content-Length: 50\r\n\r\nhel', 'Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n'])
    expect(await bodyOf(text, true).catch(({ name, code }) => ({ name, code }))).toEqual({
      name: 'ApiError',
      code: 400,
    } as never);
});
