import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { respond } from '@hawser/http';
import type { Logger, Registry } from '@hawser/observability';

/** One thing that must be so for a service to be ready. */
export interface HealthCheck {
  readonly name: string;
  /** What is wrong; undefined when nothing is. */
  readonly problem: () => string | undefined;
}

export interface HealthRoutesOptions {
  readonly checks: readonly HealthCheck[];
  readonly metrics: Registry;
  readonly logger: Logger;
}

const PLAIN = 'text/plain; charset=utf-8';

/**
 * Answers as upstream's health server: /healthz while it lives, /readyz (and its old name /ready) by the checks,
 * each of them named where one fails or `?verbose` asks, and /metrics.
 */
export function healthRoutes(options: HealthRoutesOptions): RequestListener {
  return (request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      options.logger.error({ error }, 'health request failed');
      respond(response, 500, PLAIN, 'internal error\n');
    });
  };
}

async function answer(
  { checks, metrics }: HealthRoutesOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x');
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return respond(response, 405, PLAIN, 'method not allowed\n');
  if (pathname === '/healthz') return respond(response, 200, PLAIN, 'ok');
  if (pathname === '/readyz' || pathname === '/ready') {
    const { isReady, text } = readiness(checks, searchParams.has('verbose'));
    return respond(response, isReady ? 200 : 503, PLAIN, text);
  }
  if (pathname === '/metrics') return respond(response, 200, metrics.contentType, await metrics.metrics());
  respond(response, 404, PLAIN, '404 page not found\n');
}

/** Upstream's words (cmd/agent/app/server.go), on which people's scripts look. */
function readiness(checks: readonly HealthCheck[], verbose: boolean): { isReady: boolean; text: string } {
  const results = [
    { name: 'ping', problem: undefined },
    ...checks.map(({ name, problem }) => ({ name, problem: problem() })),
  ];
  const lines = results.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok\n` : `[-]${name} failed: ${problem}\n`,
  );
  const isReady = results.every(({ problem }) => problem === undefined);
  if (!isReady) return { isReady, text: lines.join('') };
  return { isReady, text: verbose ? `${lines.join('')}check passed\n` : 'ok' };
}
