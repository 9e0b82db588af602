import type { Duplex } from 'node:stream';
import type { Dialer, Target } from '@hawser/dial';
import type { Clock } from '@hawser/runtime';
import { KonnectivityDialError } from '@hawser/tunnel-konnectivity';
import type { DialLabels, EgressMetrics } from './egress-metrics.ts';

export interface MeteredDialerOptions {
  readonly dialer: Dialer;
  readonly metrics: EgressMetrics;
  readonly labels: DialLabels;
  readonly clock: Clock;
}

/** Counts what another dialer does. */
export class MeteredDialer implements Dialer {
  readonly #options: MeteredDialerOptions;

  constructor(options: MeteredDialerOptions) {
    this.#options = options;
  }

  get encrypted(): boolean {
    return this.#options.dialer.encrypted === true;
  }

  get resolvesNames(): boolean {
    return this.#options.dialer.resolvesNames === true;
  }

  get through(): string | undefined {
    return this.#options.dialer.through;
  }

  async dial(target: Target, signal?: AbortSignal): Promise<Duplex> {
    const { dialer, metrics, labels, clock } = this.#options;
    const { protocol, transport } = labels;
    const startMs = clock.now().getTime();
    metrics.starts.inc({ protocol, transport });
    try {
      const stream = await dialer.dial(target, signal);
      metrics.durations.observe({ protocol, transport }, (clock.now().getTime() - startMs) / 1000);
      return stream;
    } catch (error) {
      const stage = error instanceof KonnectivityDialError ? error.stage : 'proxy';
      metrics.failures.inc({ protocol, transport, stage });
      throw error;
    }
  }
}
