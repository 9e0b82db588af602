import { Counter, Gauge, Histogram, type Registry } from '@hawser/observability';
import type { Classification } from './classify.ts';

const SECONDS = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];

/** What is counted of who waits and who is served, under upstream's names (…/util/flowcontrol/metrics). */
export class FlowMetrics {
  readonly #rejected: Counter<'priority_level' | 'flow_schema' | 'reason'>;
  readonly #dispatched: Counter<'priority_level' | 'flow_schema'>;
  readonly #inQueue: Gauge<'priority_level' | 'flow_schema'>;
  readonly #executing: Gauge<'priority_level' | 'flow_schema'>;
  readonly #limits: Gauge<'priority_level'>;
  readonly #waited: Histogram<'priority_level' | 'flow_schema' | 'execute'>;
  readonly #took: Histogram<'priority_level' | 'flow_schema'>;

  constructor(registry: Registry) {
    const registers = [registry];
    const labelNames = ['priority_level', 'flow_schema'] as const;
    this.#rejected = new Counter({
      name: 'apiserver_flowcontrol_rejected_requests_total',
      help: 'Requests refused with 429, by the reason.',
      labelNames: [...labelNames, 'reason'],
      registers,
    });
    this.#dispatched = new Counter({
      name: 'apiserver_flowcontrol_dispatched_requests_total',
      help: 'Requests that were given a seat.',
      labelNames,
      registers,
    });
    this.#inQueue = new Gauge({
      name: 'apiserver_flowcontrol_current_inqueue_requests',
      help: 'Requests waiting for a seat.',
      labelNames,
      registers,
    });
    this.#executing = new Gauge({
      name: 'apiserver_flowcontrol_current_executing_requests',
      help: 'Requests in a seat; of a watch only its beginning.',
      labelNames,
      registers,
    });
    this.#limits = new Gauge({
      name: 'apiserver_flowcontrol_nominal_limit_seats',
      help: 'Seats that are a level’s own.',
      labelNames: ['priority_level'],
      registers,
    });
    this.#waited = new Histogram({
      name: 'apiserver_flowcontrol_request_wait_duration_seconds',
      help: 'Time that requests waited in their queue, for a seat or a refusal.',
      labelNames: [...labelNames, 'execute'],
      buckets: SECONDS,
      registers,
    });
    this.#took = new Histogram({
      name: 'apiserver_flowcontrol_request_execution_seconds',
      help: 'Time that requests held their seat.',
      labelNames,
      buckets: SECONDS,
      registers,
    });
  }

  limit(level: string, seats: number): void {
    this.#limits.set({ priority_level: level }, seats);
  }

  queued(classification: Classification, change: 1 | -1): void {
    this.#inQueue.inc(labelsOf(classification), change);
  }

  rejected(classification: Classification, reason: string, waitedMs: number): void {
    const labels = labelsOf(classification);
    this.#rejected.inc({ ...labels, reason });
    this.#waited.observe({ ...labels, execute: 'false' }, waitedMs / 1000);
  }

  began(classification: Classification, waitedMs: number): void {
    const labels = labelsOf(classification);
    this.#dispatched.inc(labels);
    this.#executing.inc(labels);
    this.#waited.observe({ ...labels, execute: 'true' }, waitedMs / 1000);
  }

  ended(classification: Classification, tookMs: number): void {
    const labels = labelsOf(classification);
    this.#executing.dec(labels);
    this.#took.observe(labels, tookMs / 1000);
  }
}

function labelsOf({ priorityLevel, flowSchema }: Classification) {
  return { priority_level: priorityLevel, flow_schema: flowSchema };
}
