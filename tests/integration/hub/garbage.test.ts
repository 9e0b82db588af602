import { describe, expect } from 'bun:test';
import { randomBytes } from 'node:crypto';
import http2 from 'node:http2';
import net from 'node:net';
import tls from 'node:tls';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { expectJson } from '../../cluster/expectations.ts';
import { configMap } from '../../cluster/objects.ts';

const hub = shareCluster();

/** Sends bytes over TCP or TLS and resolves with what came back when the hub closed, or after a moment. */
function exchange(cluster: Cluster, how: 'tcp' | 'tls', payload: Uint8Array | string): Promise<string> {
  const { ca, cert, key } = cluster.admin.identity;
  const address = { host: '127.0.0.1', port: cluster.ports.hub };
  const socket = how === 'tcp' ? net.connect(address) : tls.connect({ ...address, ca, cert, key });
  return new Promise((resolve) => {
    let answer = '';
    const done = () => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(300, done);
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', done);
    socket.on('close', done);
    socket.once(how === 'tcp' ? 'connect' : 'secureConnect', () => socket.write(payload));
  });
}

async function expectAlive(cluster: Cluster, pid: number): Promise<void> {
  expect((await cluster.wire(cluster.admin.identity).get('/readyz')).text).toBe('ok');
  expect(cluster.service('apiserver').running).toBe(true);
  expect(cluster.service('apiserver').pid).toBe(pid);
}

const requests: Record<string, string> = {
  'half a request line': 'GET /api/v1/po',
  'half a header': 'GET /version HTTP/1.1\r\nHost: x\r\nAccep',
  'no HTTP': 'HELO example.com\r\n\r\n',
  'an unknown version': 'GET /version HTTP/9.9\r\nHost: x\r\n\r\n',
  'a header without a name': 'GET /version HTTP/1.1\r\nHost: x\r\n: value\r\n\r\n',
  'a header with a NUL': 'GET /version HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n',
  'headers of a megabyte': `GET /version HTTP/1.1\r\nHost: x\r\nA: ${'b'.repeat(1_000_000)}\r\n\r\n`,
  'ten thousand headers': `GET /version HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(10_000)}\r\n`,
  'a path of a megabyte': `GET /${'a'.repeat(1_000_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  'two lengths': 'POST /version HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
  'length and chunks':
    'POST /version HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'a length that is none': 'POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n',
  'a chunk that is none':
    'POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n',
  'a body that never comes':
    'POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"met',
  'a CONNECT': 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n',
  'an upgrade to nothing':
    'GET /version HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: nonsense\r\n\r\n',
  'an upgrade to h2c':
    'GET /version HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n',
  'an absolute URL': 'GET http://example.com/api/v1/pods HTTP/1.1\r\nHost: x\r\n\r\n',
  'an asterisk': 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n',
  'a hundred requests at once': 'GET /version HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100),
};

describe('over TLS', () => {
  for (const [name, payload] of Object.entries(requests)) {
    hub.test(`${name}: answered or dropped, and the hub lives on`, async (cluster) => {
      const { pid } = cluster.service('apiserver');
      const answer = await exchange(cluster, 'tls', payload);
      if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 \d\d\d /);
      expect(answer).not.toMatch(/^HTTP\/1\.1 5\d\d /);
      await expectAlive(cluster, pid);
    });
  }

  hub.test('two requests in one are not taken for one: nothing is smuggled', async (cluster) => {
    const smuggled = 'DELETE /api/v1/namespaces/nowhere HTTP/1.1\r\nHost: x\r\n\r\n';
    const payload = `POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${smuggled.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`;
    const answer = await exchange(cluster, 'tls', payload);
    expect(answer).not.toContain('nowhere');
  });

  hub.test('random bytes, fifty times', async (cluster) => {
    const { pid } = cluster.service('apiserver');
    await Promise.all(Array.from({ length: 50 }, () => exchange(cluster, 'tls', randomBytes(2_000))));
    await expectAlive(cluster, pid);
  });

  hub.test('HTTP/2 with streams reset, pinged and flooded with settings', async (cluster) => {
    const { pid } = cluster.service('apiserver');
    const { ca, cert, key } = cluster.admin.identity;
    const session = http2.connect(cluster.server, { ca, cert, key });
    session.on('error', () => {});
    for (let index = 0; index < 200; index += 1) {
      const stream = session.request({ ':path': '/api/v1/namespaces', ':method': 'GET' });
      stream.on('error', () => {});
      stream.close(http2.constants.NGHTTP2_CANCEL);
    }
    session.destroy();
    const raw = ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', randomBytes(500)].map((part) =>
      Buffer.from(part as string),
    );
    const socket = tls.connect({
      host: '127.0.0.1',
      port: cluster.ports.hub,
      ca,
      cert,
      key,
      ALPNProtocols: ['h2'],
    });
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    socket.end(Buffer.concat(raw));
    await expectAlive(cluster, pid);
  });
});

describe('over TCP', () => {
  hub.test('plain HTTP, random bytes and half a handshake', async (cluster) => {
    const { pid } = cluster.service('apiserver');
    const hello = Buffer.from('16030100c8010000c40303', 'hex');
    const payloads = [
      'GET /version HTTP/1.1\r\nHost: x\r\n\r\n',
      randomBytes(500),
      hello,
      Buffer.alloc(10_000),
    ];
    for (const payload of payloads)
      expect(await exchange(cluster, 'tcp', payload)).not.toContain('gitVersion');
    await expectAlive(cluster, pid);
  });

  hub.test('three hundred connections that say nothing do not keep others out', async (cluster) => {
    const { pid } = cluster.service('apiserver');
    const sockets = Array.from({ length: 300 }, () =>
      net.connect(cluster.ports.hub, '127.0.0.1').on('error', () => {}),
    );
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    await expectAlive(cluster, pid);
    for (const socket of sockets) socket.destroy();
  });
});

describe('clients that leave', () => {
  hub.test(
    'in the middle of their body, of an answer or of a watch leave nothing behind',
    async (cluster) => {
      const { pid } = cluster.service('apiserver');
      const path = `/api/v1/namespaces/${await cluster.namespace()}/configmaps`;
      for (let index = 0; index < 5; index += 1)
        expectJson(
          await cluster.admin.post(path, configMap(`map-${index}`, { large: 'x'.repeat(500_000) })),
          201,
        );
      const { ca, cert, key } = cluster.admin.identity;
      for (let index = 0; index < 20; index += 1) {
        const socket = tls.connect({ host: '127.0.0.1', port: cluster.ports.hub, ca, cert, key });
        socket.on('error', () => {});
        await new Promise((resolve) => socket.once('secureConnect', resolve));
        const watch = index % 2 === 0 ? '?watch=true' : '';
        socket.write(`GET ${path}${watch} HTTP/1.1\r\nHost: x\r\n\r\n`);
        await new Promise((resolve) => socket.once('data', resolve));
        socket.destroy();
      }
      await eventually(async () => {
        const { text } = await cluster.admin.get('/metrics');
        return /^apiserver_longrunning_requests\{[^}]*configmaps[^}]*\} 0$/m.test(text);
      });
      await expectAlive(cluster, pid);
    },
  );

  hub.test('and do not read are cut off before they fill the hub', async (cluster) => {
    const { pid } = cluster.service('apiserver');
    const path = `/api/v1/namespaces/${await cluster.namespace()}/configmaps`;
    const { ca, cert, key } = cluster.admin.identity;
    const socket = tls.connect({ host: '127.0.0.1', port: cluster.ports.hub, ca, cert, key });
    let cut = false;
    socket
      .on('error', () => {})
      .on('close', () => {
        cut = true;
      });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    socket.write(`GET ${path}?watch=true HTTP/1.1\r\nHost: x\r\n\r\n`);
    socket.pause();
    expectJson(await cluster.admin.post(path, configMap('a')), 201);
    for (let index = 0; index < 30; index += 1)
      expectJson(
        await cluster.admin.patch(`${path}/a`, 'merge', {
          data: { large: `${index}${'x'.repeat(900_000)}` },
        }),
      );
    socket.resume();
    await eventually(() => cut);
    await expectAlive(cluster, pid);
  });
});
