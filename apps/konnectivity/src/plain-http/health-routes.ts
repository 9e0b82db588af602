import type { RequestListener } from 'node:http';
import { metricsRoute, type PlainRoute, plainRoutes } from '@hawser/http';
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

/**
 * Answers as upstream's agent's health server: /healthz while it lives, /readyz (and its old name /ready) by the
 * checks, each of them named where one fails or `?verbose` asks, and /metrics.
 */
export function healthRoutes({ checks, metrics, logger }: HealthRoutesOptions): RequestListener {
  const ready: PlainRoute = (query) => {
    const { isReady, text } = readiness(checks, query.has('verbose'));
    return { code: isReady ? 200 : 503, text };
  };
  const routes = new Map<string, PlainRoute>([
    ['/healthz', () => ({ code: 200, text: 'ok' })],
    ['/ready', ready],
    ['/readyz', ready],
    ['/metrics', metricsRoute(metrics)],
  ]);
  return plainRoutes(routes, logger);
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
