import { expect, test } from 'bun:test';
import { startPlainServer } from '@hawser/http';
import { silentLogger } from '@hawser/observability';
import { ServerMetrics } from '../server-metrics.ts';
import { adminRoutes, healthRoutes } from './health-routes.ts';

interface State {
  readonly agents: number;
  readonly isDraining?: boolean;
}

async function ask(path: string, { agents, isDraining = false }: State, routes = healthRoutes) {
  const { registry } = new ServerMetrics();
  const sources = { agents: () => agents, isDraining: () => isDraining, registry, logger: silentLogger };
  await using server = await startPlainServer('127.0.0.1', 0, routes(sources));
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
  return `${response.status} ${await response.text()}`;
}

test('lives whatever happens, and is ready while an agent is connected', async () => {
  for (const path of ['/healthz', '/livez']) expect(await ask(path, { agents: 0 })).toBe('200 ok');
  for (const path of ['/ready', '/readyz?verbose']) {
    expect(await ask(path, { agents: 0 })).toBe('500 no connection to any proxy agent');
    expect(await ask(path, { agents: 1 })).toBe('200 ok');
    expect(await ask(path, { agents: 1, isDraining: true })).toBe('500 the server is shutting down');
  }
});

test('the admin port has the metrics only', async () => {
  const metric = 'konnectivity_network_proxy_server_pending_backend_dials 0';
  expect(await ask('/metrics', { agents: 0 }, adminRoutes)).toContain(metric);
  expect(await ask('/metrics', { agents: 0 })).toContain(metric);
  expect(await ask('/readyz', { agents: 1 }, adminRoutes)).toBe('404 404 page not found\n');
});
