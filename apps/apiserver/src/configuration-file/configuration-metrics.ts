import { Counter, Gauge, type Registry } from '@hawser/observability';

/** What upstream counts of reading one of its configuration files again, under its names. */
export class ConfigurationMetrics {
  readonly #reloads: Counter<'status'>;
  readonly #lastReload: Gauge<'status'>;

  /** @param of what the file is about. */
  constructor(registry: Registry, of: 'authentication' | 'encryption') {
    const registers = [registry];
    const prefix = `apiserver_${of}_config_controller_automatic_reload`;
    this.#reloads = new Counter({
      name: `${prefix}s_total`,
      help: `How often a changed ${of} configuration was read again.`,
      labelNames: ['status'],
      registers,
    });
    this.#lastReload = new Gauge({
      name: `${prefix}_last_timestamp_seconds`,
      help: 'When that was last.',
      labelNames: ['status'],
      registers,
    });
  }

  reloaded(status: 'success' | 'failure'): void {
    this.#reloads.inc({ status });
    this.#lastReload.set({ status }, Date.now() / 1000);
  }
}
