import { describe, expect } from 'bun:test';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import tls from 'node:tls';
import { systemClock } from '@hawser/runtime';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { configMap } from '../../cluster/objects.ts';

const hub = shareCluster();
const MAPS = '/api/v1/namespaces/default/configmaps';
const TOO_LARGE = 3 * 1024 * 1024 + 1;
const MIB = 1024 * 1024;

/** A connection of the administrator's, over which any bytes can be sent. */
async function connect(cluster: Cluster, protocol: 'h2' | 'http/1.1' = 'http/1.1'): Promise<tls.TLSSocket> {
  const { ca, cert, key } = cluster.admin.identity;
  const options = { host: '127.0.0.1', port: cluster.ports.hub, ca, cert, key, ALPNProtocols: [protocol] };
  const socket = tls.connect(options).on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

/** Resolves when a connection is closed, in order or not. */
function closed(socket: tls.TLSSocket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once('close', () => resolve());
  });
}

/** Everything that the hub answers until it closes the connection, or says nothing for a while. */
async function answerTo(cluster: Cluster, bytes: string | Buffer, closes = true): Promise<string> {
  const socket = await connect(cluster);
  let text = '';
  using _timer = closes ? undefined : systemClock.after(1_000, () => socket.destroy());
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.write(bytes);
  await closed(socket);
  return text;
}

/** The hub is in its right mind: it answers, and has not grown out of measure. */
async function expectHealthy(cluster: Cluster): Promise<void> {
  expect((await cluster.wire().get('/readyz')).text).toBe('ok');
  const status = readFileSync(`/proc/${cluster.service('apiserver').pid}/status`, 'utf8');
  const residentKib = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]);
  expect(residentKib / 1024).toBeLessThan(700);
}

const head = (line: string, ...headers: string[]) =>
  `${[`${line} HTTP/1.1`, 'Host: hub', ...headers].join('\r\n')}\r\n\r\n`;

describe('a body over 3 MiB is a 413:', () => {
  const large = 'x'.repeat(TOO_LARGE);
  for (const [name, method, path, type] of [
    ['JSON', 'POST', MAPS, 'application/json'],
    ['YAML', 'POST', MAPS, 'application/yaml'],
    ['protobuf', 'POST', MAPS, 'application/vnd.kubernetes.protobuf'],
    ['a patch', 'PATCH', `${MAPS}/a`, 'application/merge-patch+json'],
    ['an update', 'PUT', `${MAPS}/a`, 'application/json'],
    ['options of a delete', 'DELETE', `${MAPS}/a`, 'application/json'],
  ])
    hub.test(`${name}`, async (cluster) => {
      const answer = await cluster.admin.request(method!, path!, {
        body: large,
        headers: { 'content-type': type! },
      });
      const { message } = expectFailure(answer, 413, 'RequestEntityTooLarge');
      expect(message).toBe('Request entity too large: limit is 3145728');
    });

  hub.test('without Content-Length, in chunks, and the connection ends', async (cluster) => {
    const socket = await connect(cluster);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.write(head(`POST ${MAPS}`, 'Content-Type: application/json', 'Transfer-Encoding: chunked'));
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    for (let sent = 0; sent < 4 * MIB && !socket.destroyed; sent += 0x10000) socket.write(chunk);
    await closed(socket);
    expect(text).toStartWith('HTTP/1.1 413 ');
    await expectHealthy(cluster);
  });

  hub.test('announced and not sent', async (cluster) => {
    const text = await answerTo(
      cluster,
      head(`POST ${MAPS}`, 'Content-Type: application/json', `Content-Length: ${TOO_LARGE}`),
    );
    expect(text).toStartWith('HTTP/1.1 413 ');
  });
});

describe('what is no HTTP is a 400 at most, and the connection ends:', () => {
  const garbage: Record<string, string | Buffer> = {
    'random bytes': Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 151 + 7) % 256)),
    'a version that is none': 'GET /readyz HTTP/9.9\r\nHost: hub\r\n\r\n',
    'two lengths': `${head('POST /readyz', 'Content-Length: 1', 'Content-Length: 2')}ab`,
    'a length and chunks': `${head('POST /readyz', 'Content-Length: 3', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    'a length that is none': head('POST /readyz', 'Content-Length: many'),
    'a negative length': head('POST /readyz', 'Content-Length: -1'),
    'a header without a colon': 'GET /readyz HTTP/1.1\r\nHost: hub\r\nnonsense\r\n\r\n',
    'a null in a header': 'GET /readyz HTTP/1.1\r\nHost: hub\r\nA: b\0c\r\n\r\n',
    'a chunk that is no number': `${head(`POST ${MAPS}`, 'Transfer-Encoding: chunked')}zz\r\n`,
  };
  for (const [name, bytes] of Object.entries(garbage))
    hub.test(name, async (cluster) => {
      const text = await answerTo(cluster, bytes);
      if (text !== '') expect(text).toMatch(/^HTTP\/1\.1 400 /);
      await expectHealthy(cluster);
    });
});

describe('heads that are too large are refused', () => {
  for (const [name, bytes] of Object.entries({
    'one header': head('GET /readyz', `A: ${'x'.repeat(100_000)}`),
    'many headers': head('GET /readyz', ...Array.from({ length: 20_000 }, (_, index) => `A${index}: b`)),
    'a long path': head(`GET /${'x'.repeat(100_000)}`),
  }))
    hub.test(name, async (cluster) => {
      const text = await answerTo(cluster, bytes);
      if (text !== '') expect(text).toMatch(/^HTTP\/1\.1 (431|414|400) /);
      await expectHealthy(cluster);
    });
});

hub.test('requests that come together are answered in their order', async (cluster) => {
  const text = await answerTo(
    cluster,
    head('GET /readyz') + head(`GET ${MAPS}?limit=x`) + head('GET /livez', 'Connection: close'),
  );
  expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, code]) => code)).toEqual(['200', '400', '200']);
});

describe('over HTTP/2', () => {
  hub.test('thousands of streams that are opened and reset do no harm', async (cluster) => {
    const { ca, cert, key } = cluster.admin.identity;
    const session = http2.connect(cluster.server, { ca, cert, key }).on('error', () => {});
    for (let round = 0; round < 40 && !session.destroyed; round += 1) {
      for (let count = 0; count < 100; count += 1) {
        const stream = session.request({ ':path': `${MAPS}?limit=1` }).on('error', () => {});
        stream.close(http2.constants.NGHTTP2_CANCEL);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    session.destroy();
    await expectHealthy(cluster);
  });

  for (const [name, type, payload] of [
    ['pings', 6, Buffer.alloc(8)],
    ['settings', 4, Buffer.alloc(0)],
    ['priorities of streams that do not exist', 2, Buffer.from([0, 0, 0, 0, 16])],
  ] as const)
    hub.test(`a flood of ${name} does no harm`, async (cluster) => {
      const socket = await connect(cluster, 'h2');
      socket.resume();
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      socket.write(frame(4, 0, 0, Buffer.alloc(0)));
      const one = frame(type, 0, type === 2 ? 1 : 0, payload);
      const many = Buffer.concat(Array.from({ length: 1_000 }, () => one));
      for (let count = 0; count < 50 && !socket.destroyed; count += 1)
        await new Promise((resolve) => socket.write(many, resolve));
      await expectHealthy(cluster);
      socket.destroy();
    });

  hub.test('headers that go on for ever are cut off', async (cluster) => {
    const socket = await connect(cluster, 'h2');
    socket.resume();
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(frame(4, 0, 0, Buffer.alloc(0)));
    // A literal that is never indexed, again and again, and never END_HEADERS (RFC 9113, section 6.10).
    const block = Buffer.concat(Array.from({ length: 1_000 }, () => Buffer.from([0, 1, 0x61, 1, 0x62])));
    socket.write(frame(1, 0, 1, block));
    for (let count = 0; count < 400 && !socket.destroyed; count += 1)
      await new Promise((resolve) => socket.write(frame(9, 0, 1, block), resolve));
    await expectHealthy(cluster);
    socket.destroy();
  });

  hub.test('a header that is named over and over in few bytes is refused', async (cluster) => {
    const socket = await connect(cluster, 'h2');
    socket.resume();
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(frame(4, 0, 0, Buffer.alloc(0)));
    const value = Buffer.alloc(3_000, 'x');
    const literal = Buffer.concat([Buffer.from([0x40, 1, 0x61, 0x7f, 0xb9, 0x16]), value]);
    const get = Buffer.from([0x82, 0x84, 0x87, 0x41, 0x01, 0x61]);
    for (let stream = 1; stream < 100 && !socket.destroyed; stream += 2)
      socket.write(frame(1, 5, stream, Buffer.concat([get, literal, Buffer.alloc(8_000, 0xbe)])));
    await expectHealthy(cluster);
    socket.destroy();
  });
});

hub.test('after all of that it still takes what is right', async (cluster) => {
  expectJson(await cluster.admin.post(MAPS, configMap('right')), 201);
  expect(cluster.service('apiserver').running).toBe(true);
});

/** A frame as RFC 9113, section 4.1, lays it out. */
function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const start = Buffer.alloc(9);
  start.writeUIntBE(payload.length, 0, 3);
  start.writeUInt8(type, 3);
  start.writeUInt8(flags, 4);
  start.writeUInt32BE(stream, 5);
  return Buffer.concat([start, payload]);
}
