import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { systemClock } from '@hawser/runtime';
import type { Json } from './wire-client.ts';

export interface SeenEvent {
  readonly type: string;
  readonly object: Json;
}

/** The events of one watch, in their order, kept until they are asked for. */
export class WatchStream implements Disposable {
  readonly #response: IncomingMessage;
  readonly #events: SeenEvent[] = [];
  #ended = false;
  #wake: () => void = () => {};

  constructor(response: IncomingMessage) {
    this.#response = response;
    const lines = createInterface({ input: response });
    lines.on('line', (line) => {
      if (line !== '') this.#events.push(JSON.parse(line) as SeenEvent);
      this.#wake();
    });
    const end = () => {
      this.#ended = true;
      this.#wake();
    };
    lines.on('close', end).on('error', end);
    response.on('error', end);
    response.on('close', end);
  }

  /** Whether the server has ended it and every event was taken. */
  get ended(): boolean {
    return this.#ended && this.#events.length === 0;
  }

  /** The next event. @throws Error when the watch ends or nothing comes in time. */
  async next(timeoutMs = 10_000): Promise<SeenEvent> {
    let late = false;
    using _timer = systemClock.after(timeoutMs, () => {
      late = true;
      this.#wake();
    });
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) return event;
      if (this.#ended) throw new Error('the watch has ended');
      if (late) throw new Error(`no event came within ${timeoutMs} ms`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The next `count` events as `TYPE name`, which is what most tests want to know. */
  async nextNames(count: number): Promise<string[]> {
    const names: string[] = [];
    while (names.length < count) {
      const { type, object } = await this.next();
      names.push(`${type} ${object.metadata?.name ?? ''}`.trim());
    }
    return names;
  }

  /** Takes events up to and with the first that `matches`. */
  async until(matches: (event: SeenEvent) => boolean, timeoutMs = 10_000): Promise<SeenEvent[]> {
    const seen: SeenEvent[] = [];
    for (;;) {
      const event = await this.next(timeoutMs);
      seen.push(event);
      if (matches(event)) return seen;
    }
  }

  /** Resolves when the server has ended the watch. */
  async end(timeoutMs = 10_000): Promise<void> {
    using _timer = systemClock.after(timeoutMs, () => this.#response.destroy());
    while (!this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  [Symbol.dispose](): void {
    this.#response.destroy();
  }
}
