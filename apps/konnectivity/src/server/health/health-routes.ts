import type { RequestListener } from 'node:http';
import { metricsRoute, type PlainRoute, plainRoutes } from '@hawser/http';
import type { Logger, Registry } from '@hawser/observability';

/** What the health port asks the server. */
export interface HealthSources {
  readonly isDraining: () => boolean;
  /** How many agents are connected. */
  readonly agents: () => number;
  readonly registry: Registry;
  readonly logger: Logger;
}

/**
 * The paths of the health port, with upstream's answers (cmd/server/app/server.go); `/ready` and `/metrics` are there
 * for those who know upstream's.
 */
export function healthRoutes(sources: HealthSources): RequestListener {
  const alive: PlainRoute = () => ({ code: 200, text: 'ok' });
  const ready: PlainRoute = () => {
    const problem = unreadiness(sources);
    return problem === undefined ? { code: 200, text: 'ok' } : { code: 500, text: problem };
  };
  const routes = new Map<string, PlainRoute>([
    ['/healthz', alive],
    ['/livez', alive],
    ['/ready', ready],
    ['/readyz', ready],
    ['/metrics', metricsRoute(sources.registry)],
  ]);
  return plainRoutes(routes, sources.logger);
}

/** The paths of the admin port. */
export function adminRoutes({ registry, logger }: HealthSources): RequestListener {
  return plainRoutes(new Map([['/metrics', metricsRoute(registry)]]), logger);
}

function unreadiness({ isDraining, agents }: HealthSources): string | undefined {
  if (isDraining()) return 'the server is shutting down';
  return agents() > 0 ? undefined : 'no connection to any proxy agent';
}
