import { Registry } from 'prom-client';
import { addProcessMetrics } from './process-metrics.ts';

export { Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * A registry of its own for each service instance, so that two in one test process do not collide. What the process
 * uses is in it already.
 */
export function createRegistry(): Registry {
  const registry = new Registry();
  addProcessMetrics(registry);
  return registry;
}
