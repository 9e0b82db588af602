import type { RequestListener } from 'node:http';
import { plainRoutes } from '@hawser/http';
import type { Logger } from '@hawser/observability';

/** Upstream's admin server: it sends those who ask for /metrics to the health server. */
export function adminRoutes(healthPort: number, logger: Logger): RequestListener {
  const routes = new Map([
    [
      '/metrics',
      (query: URLSearchParams, { headers }: { headers: { host?: string } }) => {
        const host = (headers.host ?? '').replace(/:\d+$/, '');
        const search = query.size === 0 ? '' : `?${query}`;
        const location = `http://${host}:${healthPort}/metrics${search}`;
        return { code: 301, text: 'Moved Permanently\n', location };
      },
    ],
  ]);
  return plainRoutes(routes, logger);
}
