import { Counter, type Registry } from '@hawser/observability';

const NAME = 'hawser_tls_files_automatic_reloads_total';

/**
 * How often files that others renew were taken, or could not be. Upstream counts its configuration files so, and
 * certificates not at all.
 */
export class ReloadMetrics {
  readonly #reloads: Counter<'files' | 'status'>;

  /** All that one registry is given count together. */
  constructor(registry: Registry) {
    const known = registry.getSingleMetric(NAME) as Counter<'files' | 'status'> | undefined;
    this.#reloads =
      known ??
      new Counter({
        name: NAME,
        help: 'Certificates, keys and CAs that changed on disk, by what they are for and whether they were taken (success) or could not be and the old ones stay (failure; counted at each look).',
        labelNames: ['files', 'status'],
        registers: [registry],
      });
  }

  count(files: string, status: 'success' | 'failure'): void {
    this.#reloads.inc({ files, status });
  }
}
