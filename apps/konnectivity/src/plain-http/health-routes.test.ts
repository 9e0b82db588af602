import { expect, test } from 'bun:test';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { startPlainServer } from '@hawser/http';
import { Counter, createRegistry, silentLogger } from '@hawser/observability';
import { adminRoutes } from './admin-routes.ts';
import { healthRoutes } from './health-routes.ts';

async function ask(path: string, problem?: string): Promise<{ status: number; text: string }> {
  const metrics = createRegistry();
  new Counter({ name: 'a_total', help: 'a', registers: [metrics] }).inc();
  const checks = [{ name: 'server-connected', problem: () => problem }];
  const routes = healthRoutes({ checks, metrics, logger: silentLogger });
  await using server = await startPlainServer('127.0.0.1', 0, routes);
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
  return { status: response.status, text: await response.text() };
}

const cases: { path: string; problem?: string; status: number; text: string }[] = [
  { path: '/healthz', problem: 'no servers connected', status: 200, text: 'ok' },
  { path: '/readyz', status: 200, text: 'ok' },
  { path: '/ready', status: 200, text: 'ok' },
  { path: '/readyz?verbose', status: 200, text: '[+]ping ok\n[+]server-connected ok\ncheck passed\n' },
  {
    path: '/readyz',
    problem: 'no servers connected',
    status: 503,
    text: '[+]ping ok\n[-]server-connected failed: no servers connected\n',
  },
  { path: '/debug', status: 404, text: '404 page not found\n' },
];
for (const { path, problem, ...answer } of cases)
  test(`${path} ${problem === undefined ? 'when all is well' : 'in trouble'}`, async () => {
    expect(await ask(path, problem)).toEqual(answer);
  });

test('/metrics are served', async () => {
  expect((await ask('/metrics')).text).toContain('a_total 1');
});

test('the admin server sends those who ask for metrics to the health server', async () => {
  await using server = await startPlainServer('127.0.0.1', 0, adminRoutes(8093, silentLogger));
  const response = await fetch(`http://127.0.0.1:${server.port}/metrics?x=1`, { redirect: 'manual' });
  expect([response.status, response.headers.get('location')]).toEqual([
    301,
    'http://127.0.0.1:8093/metrics?x=1',
  ]);
});

for (const line of ['GET // HTTP/1.1', 'GET http://[ HTTP/1.1', 'GET /metrics/ HTTP/1.1'])
  test(`the admin server knows nothing of ${line}`, async () => {
    await using server = await startPlainServer('127.0.0.1', 0, adminRoutes(8093, silentLogger));
    const socket = connect(server.port, '127.0.0.1');
    socket.end(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(await text(socket)).toStartWith('HTTP/1.1 404 ');
  });
