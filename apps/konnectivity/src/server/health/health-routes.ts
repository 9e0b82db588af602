import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { respond } from '@hawser/http';
import type { Logger, Registry } from '@hawser/observability';

/** What the health port asks the server. */
export interface HealthSources {
  readonly isDraining: () => boolean;
  /** How many agents are connected. */
  readonly agents: () => number;
  readonly registry: Registry;
  readonly logger: Logger;
}

const PLAIN = 'text/plain; charset=utf-8';

/**
 * The paths of the health port, with upstream's answers (cmd/server/app/server.go); `/ready` and `/metrics` are there
 * for those who know upstream's.
 */
export function healthRoutes(sources: HealthSources): RequestListener {
  return routes(sources, ['/healthz', '/livez', '/ready', '/readyz', '/metrics']);
}

/** The paths of the admin port. */
export function adminRoutes(sources: HealthSources): RequestListener {
  return routes(sources, ['/metrics']);
}

function routes(sources: HealthSources, paths: readonly string[]): RequestListener {
  return (request, response) => {
    answer(sources, paths, request, response).catch((error: unknown) => {
      sources.logger.error({ error }, 'health request failed');
      respond(response, 500, PLAIN, 'internal error\n');
    });
  };
}

async function answer(
  sources: HealthSources,
  paths: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url?.split('?', 1)[0] ?? '';
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return respond(response, 405, PLAIN, 'method not allowed\n');
  if (!paths.includes(path)) return respond(response, 404, PLAIN, '404 page not found\n');
  if (path === '/metrics')
    return respond(response, 200, sources.registry.contentType, await sources.registry.metrics());
  const problem = path.startsWith('/ready') ? unreadiness(sources) : undefined;
  respond(response, problem === undefined ? 200 : 500, PLAIN, problem ?? 'ok');
}

function unreadiness({ isDraining, agents }: HealthSources): string | undefined {
  if (isDraining()) return 'the server is shutting down';
  return agents() > 0 ? undefined : 'no connection to any proxy agent';
}
