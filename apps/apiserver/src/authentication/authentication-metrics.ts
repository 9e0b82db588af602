import { Counter, Gauge, type Registry } from '@hawser/observability';

/** What upstream counts of reading its authentication configuration again, under its names. */
export class AuthenticationMetrics {
  readonly #reloads: Counter<'status'>;
  readonly #lastReload: Gauge<'status'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#reloads = new Counter({
      name: 'apiserver_authentication_config_controller_automatic_reloads_total',
      help: 'How often a changed authentication configuration was read again.',
      labelNames: ['status'],
      registers,
    });
    this.#lastReload = new Gauge({
      name: 'apiserver_authentication_config_controller_automatic_reload_last_timestamp_seconds',
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
