import { ALL_VERBS, allKinds } from '@hawser/api';
import { Counter, Gauge, Histogram, type Registry } from '@hawser/observability';
import type { AuditTrail } from '../pipeline/audit-trail.ts';

/** Verbs of resources, and of paths: what else a client calls its method is counted as `other`, as upstream does. */
const VERBS: ReadonlySet<string> = new Set(
  [...ALL_VERBS, 'post', 'put', 'head', 'options'].map((verb) => verb.toUpperCase()),
);

/** Every `resource` and `resource/subresource` that is declared. */
const DECLARED: ReadonlySet<string> = new Set(
  allKinds.flatMap(({ plural, subresources }) => [
    plural,
    ...Object.keys(subresources).map((name) => `${plural}/${name}`),
  ]),
);

/** What the hub counts of itself, under upstream's names. */
export class HubMetrics {
  readonly #requests: Counter<'verb' | 'resource' | 'subresource' | 'code'>;
  readonly #durations: Histogram<'verb' | 'resource' | 'subresource'>;
  readonly watchers: Gauge<'resource'>;
  readonly #resources: ReadonlySet<string>;

  /** @param resources the plurals that are served: a label must not be whatever a client writes in a path. */
  constructor(registry: Registry, resources: ReadonlySet<string>) {
    this.#resources = resources;
    const registers = [registry];
    this.#requests = new Counter({
      name: 'apiserver_request_total',
      help: 'Requests, by verb, resource and HTTP code.',
      labelNames: ['verb', 'resource', 'subresource', 'code'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'apiserver_request_duration_seconds',
      help: 'Time from request to end of answer, watches left out.',
      labelNames: ['verb', 'resource', 'subresource'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
      registers,
    });
    this.watchers = new Gauge({
      name: 'apiserver_longrunning_requests',
      help: 'Watches under way.',
      labelNames: ['resource'],
      registers,
    });
  }

  observe(trail: AuditTrail, code: number, durationMs: number): void {
    const labels = this.#bounded(trail.labels());
    this.#requests.inc({ ...labels, code });
    if (labels.verb !== 'WATCH') this.#durations.observe(labels, durationMs / 1000);
  }

  /** Every set of labels lives until the hub ends: none may be made of what a client writes. */
  #bounded({ verb, resource, subresource }: ReturnType<AuditTrail['labels']>) {
    const known = this.#resources.has(resource) && DECLARED.has(pathOf(resource, subresource));
    return {
      verb: VERBS.has(verb) ? verb : 'other',
      resource: known ? resource : '',
      subresource: known ? subresource : '',
    };
  }
}

function pathOf(resource: string, subresource: string): string {
  return subresource === '' ? resource : `${resource}/${subresource}`;
}
