import type { RequestListener } from 'node:http';
import { respond } from '@hawser/http';

/** Upstream's admin server: it sends those who ask for /metrics to the health server. */
export function adminRoutes(healthPort: number): RequestListener {
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://x');
    if (url.pathname !== '/metrics')
      return respond(response, 404, 'text/plain; charset=utf-8', '404 page not found\n');
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    response.setHeader('Location', `http://${host}:${healthPort}${url.pathname}${url.search}`);
    respond(response, 301, 'text/plain; charset=utf-8', 'Moved Permanently\n');
  };
}
