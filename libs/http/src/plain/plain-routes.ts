import type { IncomingMessage, RequestListener } from 'node:http';
import type { Logger, Registry } from '@hawser/observability';
import { respond } from '../respond.ts';

export interface PlainAnswer {
  readonly code: number;
  readonly text: string;
  /** Plain text if absent. */
  readonly type?: string;
  /** Where what was asked for is instead. */
  readonly location?: string;
}

/** What answers to a path. */
export type PlainRoute = (
  query: URLSearchParams,
  request: IncomingMessage,
) => PlainAnswer | Promise<PlainAnswer>;

const PLAIN = 'text/plain; charset=utf-8';
const NOT_FOUND: PlainAnswer = { code: 404, text: '404 page not found\n' };
const NOT_ALLOWED: PlainAnswer = { code: 405, text: 'method not allowed\n' };

/** Answers GET and HEAD at these paths, and nothing else. */
export function plainRoutes(routes: ReadonlyMap<string, PlainRoute>, logger: Logger): RequestListener {
  return async (request, response) => {
    try {
      const { code, text, type = PLAIN, location } = await answer(routes, request);
      if (location !== undefined) response.setHeader('Location', location);
      respond(response, code, type, text);
    } catch (error) {
      logger.error({ error }, 'health request failed');
      respond(response, 500, PLAIN, 'internal error\n');
    }
  };
}

/** The metrics of a registry. */
export function metricsRoute(registry: Registry): PlainRoute {
  return async () => ({ code: 200, text: await registry.metrics(), type: registry.contentType });
}

async function answer(
  routes: ReadonlyMap<string, PlainRoute>,
  request: IncomingMessage,
): Promise<PlainAnswer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return NOT_ALLOWED;
  // Not by URL, which throws at what a client may well send, as `//`.
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const route = routes.get(path);
  return route === undefined ? NOT_FOUND : await route(new URLSearchParams(query), request);
}
