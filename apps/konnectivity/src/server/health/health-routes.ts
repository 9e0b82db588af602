import type { Registry } from '@hawser/observability';
import type { PlainAnswer, PlainRoutes } from './plain-server.ts';

/** What the health port asks the server. */
export interface HealthSources {
  readonly isDraining: () => boolean;
  /** How many agents are connected. */
  readonly agents: () => number;
  readonly registry: Registry;
}

/** The paths of the health port, with upstream's answers; `/ready` and `/metrics` are there for those who know upstream's. */
export function healthRoutes({ isDraining, agents, registry }: HealthSources): PlainRoutes {
  const live = (): PlainAnswer => ({ code: 200, body: 'ok' });
  const ready = (): PlainAnswer => {
    if (isDraining()) return { code: 500, body: 'the server is shutting down' };
    return agents() > 0 ? { code: 200, body: 'ok' } : { code: 500, body: 'no connection to any proxy agent' };
  };
  return {
    '/healthz': live,
    '/livez': live,
    '/ready': ready,
    '/readyz': ready,
    ...metricsRoutes(registry),
  };
}

/** The paths of the admin port. */
export function metricsRoutes(registry: Registry): PlainRoutes {
  return {
    '/metrics': async () => ({
      code: 200,
      body: await registry.metrics(),
      contentType: registry.contentType,
    }),
  };
}
