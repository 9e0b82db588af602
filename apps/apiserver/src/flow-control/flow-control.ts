import type { IncomingMessage, ServerResponse } from 'node:http';
import { MAX_BODY_BYTES, readBody } from '@hawser/http';
import type { Registry } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import { BodyBudget } from './body-budget.ts';
import type { Classification } from './classify.ts';
import { FlowController, type Seat } from './flow-controller.ts';
import { FlowMetrics } from './flow-metrics.ts';
import { HighWatermark } from './high-watermark.ts';

export type { Seat } from './flow-controller.ts';

export interface FlowControlOptions {
  /** `--max-requests-inflight` and `--max-mutating-requests-inflight`: their sum is shared out, as upstream does. */
  readonly maxRequestsInflight: number;
  readonly maxMutatingRequestsInflight: number;
  readonly requestTimeoutMs: number;
  readonly clock: Clock;
  readonly registry: Registry;
}

const READ_VERBS = new Set(['get', 'list', 'watch']);

/** What keeps a flood of requests from starving others: seats, turns, room for bodies, and what is counted of it. */
export class FlowControl {
  readonly #controller: FlowController;
  readonly #bodies = new BodyBudget();
  readonly #executing: HighWatermark;
  readonly #waiting: HighWatermark;

  constructor(options: FlowControlOptions) {
    const { registry, clock, requestTimeoutMs } = options;
    this.#controller = new FlowController({
      clock,
      seats: options.maxRequestsInflight + options.maxMutatingRequestsInflight,
      // Upstream lets a request wait for a quarter of its time.
      maxWaitMs: requestTimeoutMs / 4,
      metrics: new FlowMetrics(registry),
    });
    this.#executing = new HighWatermark(
      registry,
      'apiserver_current_inflight_requests',
      'The most requests under way at once since this was read last.',
    );
    this.#waiting = new HighWatermark(
      registry,
      'apiserver_current_inqueue_requests',
      'The most requests waiting at once since this was read last.',
    );
  }

  /** Reads a request's body, for its handler to find. @throws ApiError where it is too large, or all together are. */
  async readBody(
    { priorityLevel, flow }: Classification,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    if (priorityLevel === 'exempt') return void (await readBody(request));
    const share = this.#bodies.share(flow);
    response.once('close', () => share[Symbol.dispose]());
    await readBody(request, MAX_BODY_BYTES, (bytes) => share.add(bytes));
  }

  /** Waits for a request's turn. @throws TooManyRequestsError */
  admit(classification: Classification, verb: string, signal: AbortSignal): Seat | Promise<Seat> {
    const kind = READ_VERBS.has(verb) ? 'readOnly' : 'mutating';
    const turn = this.#controller.admit(classification, signal);
    if (!(turn instanceof Promise)) return this.#counted(kind, turn);
    this.#waiting.change(kind, 1);
    return turn.finally(() => this.#waiting.change(kind, -1)).then((seat) => this.#counted(kind, seat));
  }

  #counted(kind: 'mutating' | 'readOnly', seat: Seat): Seat {
    this.#executing.change(kind, 1);
    let over = false;
    return {
      [Symbol.dispose]: () => {
        if (over) return;
        over = true;
        seat[Symbol.dispose]();
        this.#executing.change(kind, -1);
      },
    };
  }
}
