import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ProbeHandler } from '@hawser/api';
import type { ContainerRuntime, ExecResult } from '../container-runtime/container-runtime.ts';
import { makeContainer } from '../testing/pods.ts';
import { runProbe } from './run-probe.ts';

let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/hang') return;
    const code = Number(request.url?.slice(1)) || 200;
    response.writeHead(request.headers['x-secret'] === 'yes' ? 204 : code).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function probe(handler: ProbeHandler, exec?: Partial<ExecResult>) {
  const result = { exitCode: 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), ...exec };
  // Only execSync is asked; the contract suite covers the real one.
  const runtime = { execSync: async () => result } as unknown as ContainerRuntime;
  const container = makeContainer('main', { ports: [{ name: 'http', containerPort: port }] });
  return runProbe(handler, { runtime, containerId: 'c', container, podIp: '127.0.0.1' }, 300);
}

describe('a probe', () => {
  test('by HTTP takes 200 to 399 for success', async () => {
    for (const code of [200, 204, 301, 399])
      expect((await probe({ httpGet: { port, path: `/${code}` } })).success).toBe(true);
    for (const code of [400, 404, 500]) {
      const outcome = await probe({ httpGet: { port, path: `/${code}` } });
      expect(outcome).toEqual({ success: false, output: `HTTP probe failed with statuscode: ${code}` });
    }
  });

  test('by HTTP finds a named port and sends headers', async () => {
    expect(
      (
        await probe({
          httpGet: { port: 'http', path: '/500', httpHeaders: [{ name: 'X-Secret', value: 'yes' }] },
        })
      ).success,
    ).toBe(true);
    expect((await probe({ httpGet: { port: 'none' } })).output).toContain('couldn\'t find port: "none"');
  });

  test('fails when nobody answers in time', async () => {
    const { success, output } = await probe({ httpGet: { port, path: '/hang' } });
    expect({ success, said: output.includes('no answer within 300 ms') }).toEqual({
      success: false,
      said: true,
    });
  });

  test('by TCP succeeds when the port is open', async () => {
    expect((await probe({ tcpSocket: { port } })).success).toBe(true);
    expect((await probe({ tcpSocket: { port: 1 } })).success).toBe(false);
  });

  test('by a command goes by its exit code', async () => {
    expect((await probe({ exec: { command: ['x'] } })).success).toBe(true);
    const outcome = await probe({ exec: { command: ['x'] } }, { exitCode: 1, stderr: Buffer.from('no') });
    expect(outcome).toEqual({ success: false, output: 'no' });
  });

  test('of a kind that the node does not have fails, and says so', async () => {
    expect((await probe({ grpc: { port: 1 } })).output).toContain('not supported');
  });
});
