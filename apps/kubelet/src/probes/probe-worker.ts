import type { Probe } from '@hawser/api';
import { type Clock, sleep } from '@hawser/runtime';
import type { ProbeOutcome } from './run-probe.ts';

export type ProbeType = 'startup' | 'liveness' | 'readiness';

export interface ProbeWorkerOptions {
  readonly type: ProbeType;
  readonly probe: Probe;
  readonly startedAt: Date;
  /** What holds until the probe has decided. */
  readonly initialResult: boolean;
  /** Liveness and readiness are not looked at before the container's start is over. */
  readonly isStarted: () => boolean;
  readonly run: (timeoutMs: number) => Promise<ProbeOutcome>;
  readonly onFailure: (outcome: ProbeOutcome) => void;
  readonly onResult: (success: boolean) => void;
  readonly clock: Clock;
}

/**
 * One probe of one container (upstream's prober worker): tries at its period and tells its result once enough
 * tries in a row agree. A failed liveness or startup probe rests then, as the container will be killed.
 */
export class ProbeWorker {
  readonly #options: ProbeWorkerOptions;
  readonly #stop = new AbortController();
  #result: boolean;
  #decided = false;
  #lastOutcome: boolean | undefined;
  #inARow = 0;

  constructor(options: ProbeWorkerOptions) {
    this.#options = options;
    this.#result = options.initialResult;
  }

  /** The result in force. */
  get result(): boolean {
    return this.#result;
  }

  /** Whether the result is the probe's own, not the initial one. */
  get decided(): boolean {
    return this.#decided;
  }

  /** Probes until stopped; resolves then. */
  async run(): Promise<void> {
    const { probe, startedAt, clock } = this.#options;
    const signal = this.#stop.signal;
    const periodMs = (probe.periodSeconds ?? 10) * 1000;
    const firstAtMs = startedAt.getTime() + (probe.initialDelaySeconds ?? 0) * 1000;
    try {
      await sleep(Math.max(0, firstAtMs - clock.now().getTime()), signal, clock);
      while (!signal.aborted && !this.#isResting()) {
        if (this.#options.isStarted()) await this.tryOnce();
        if (this.#isOver()) return;
        await sleep(this.#options.isStarted() ? periodMs : Math.min(periodMs, 1000), signal, clock);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** One try, and what follows from it. */
  async tryOnce(): Promise<void> {
    const { probe, run, onFailure } = this.#options;
    const outcome = await run((probe.timeoutSeconds ?? 1) * 1000);
    if (this.#stop.signal.aborted) return;
    if (!outcome.success) onFailure(outcome);
    this.#inARow = outcome.success === this.#lastOutcome ? this.#inARow + 1 : 1;
    this.#lastOutcome = outcome.success;
    const threshold = outcome.success ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
    if (this.#inARow >= threshold) this.#decide(outcome.success);
  }

  stop(): void {
    this.#stop.abort(new Error('the probe is over'));
  }

  #decide(success: boolean): void {
    if (this.#decided && this.#result === success) return;
    this.#decided = true;
    this.#result = success;
    this.#options.onResult(success);
  }

  #isResting(): boolean {
    return this.#options.type !== 'readiness' && this.#decided && !this.#result;
  }

  /** A startup probe that has succeeded is not asked again. */
  #isOver(): boolean {
    return this.#options.type === 'startup' && this.#decided;
  }
}
