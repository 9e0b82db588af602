import { Registry } from 'prom-client';

export { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** A registry of its own for each service instance, so that two in one test process do not collide. */
export function createRegistry(): Registry {
  return new Registry();
}
