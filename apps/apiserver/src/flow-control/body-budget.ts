import { TooManyRequestsError } from './too-many-requests-error.ts';

/** All bodies that are being read or handled may hold so much together, and those of one flow a quarter of it. */
const TOTAL_BYTES = 192 * 1024 * 1024;
const FLOW_BYTES = TOTAL_BYTES / 4;

/** What one request's body holds; it is given back when the request has been answered. */
export interface BodyShare extends Disposable {
  /** @throws TooManyRequestsError where there is no room for more. */
  add(bytes: number): void;
}

/**
 * Bounds the memory that bodies take: they are read before a request has a seat, so that slow ones hold none, and
 * so the seats do not bound them.
 */
export class BodyBudget {
  readonly #flows = new Map<string, number>();
  #total = 0;

  share(flow: string): BodyShare {
    let held = 0;
    return {
      add: (bytes) => {
        const ofFlow = this.#flows.get(flow) ?? 0;
        if (this.#total + bytes > TOTAL_BYTES || ofFlow + bytes > FLOW_BYTES)
          throw new TooManyRequestsError();
        this.#total += bytes;
        this.#flows.set(flow, ofFlow + bytes);
        held += bytes;
      },
      [Symbol.dispose]: () => {
        if (held === 0) return;
        this.#total -= held;
        const rest = (this.#flows.get(flow) ?? 0) - held;
        if (rest === 0) this.#flows.delete(flow);
        else this.#flows.set(flow, rest);
        held = 0;
      },
    };
  }
}
