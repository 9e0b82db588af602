import { expect, test } from 'bun:test';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { eventually, settled } from '@hawser/runtime/testing';
import { pipeBoth } from './pipe-both.ts';
import { readAll } from './testing/read-all.ts';
import { socketPair } from './testing/socket-pair.ts';

/** Two connections that are joined: what goes in at one end comes out at the other. */
async function joined() {
  const [client, a] = await socketPair();
  const [b, server] = await socketPair();
  return { client, a, b, server, piped: pipeBoth(a, b) };
}

test('each half ends by itself, and the bytes are counted', async () => {
  const { client, server, piped } = await joined();
  client.end('question');
  expect(String(await readAll(server))).toBe('question');
  server.end('a longer answer');
  expect(String(await readAll(client))).toBe('a longer answer');
  expect(await piped).toEqual({ aToB: 8, bToA: 15 });
});

test('what came before they were joined is not lost', async () => {
  const [client, a] = await socketPair();
  const [b, server] = await socketPair();
  a.pause().unshift(Buffer.from('head '));
  client.end('and body');
  server.end();
  const piped = pipeBoth(a, b);
  expect(String(await readAll(server))).toBe('head and body');
  expect((await piped).aToB).toBe(13);
});

test('a reader that is behind holds back the writer', async () => {
  const { client, server, a, b, piped } = await joined();
  const total = 64 * 1024 * 1024;
  client.end(Buffer.alloc(total));
  await settled(() => client.writableLength);
  expect(client.writableLength).toBeGreaterThan(0);
  expect(a.readableLength + b.writableLength).toBeLessThan(4 * 1024 * 1024);
  let size = 0;
  server.on('data', (chunk: Buffer) => {
    size += chunk.length;
  });
  await eventually(() => size === total);
  server.end();
  expect(await piped).toEqual({ aToB: total, bToA: 0 });
});

test('when one is lost, so is the other, with the reason', async () => {
  const { client, server, b, piped } = await joined();
  client.write('x');
  await once(server, 'data');
  b.destroy(new Error('cut'));
  const { aToB, error } = await piped;
  expect({ aToB, message: error?.message }).toEqual({ aToB: 1, message: 'cut' });
  await once(client.resume(), 'end');
});

test('a stream that is gone already is noticed', async () => {
  const gone = new PassThrough();
  gone.destroy();
  const other = new PassThrough();
  expect((await pipeBoth(other, gone)).error).toBeInstanceOf(Error);
  await eventually(() => other.destroyed);
});

test('what was said before one is lost still arrives', async () => {
  const { client, server, b, piped } = await joined();
  client.pause();
  const said = Buffer.alloc(8 * 1024 * 1024, 'x');
  server.write(said);
  client.write('never taken');
  await settled(() => server.writableLength);
  b.destroy();
  const { bToA } = await piped;
  expect(bToA).toBeGreaterThan(0);
  const heard = readAll(client);
  client.resume();
  expect((await heard).length).toBe(bToA);
});
