import { Gauge, type Registry } from '@hawser/observability';

type RequestKind = 'mutating' | 'readOnly';

/** A gauge that shows, when it is read, the most that there was at once since it was read last. */
export class HighWatermark {
  readonly #now: Record<RequestKind, number> = { mutating: 0, readOnly: 0 };
  readonly #most: Record<RequestKind, number> = { mutating: 0, readOnly: 0 };

  constructor(registry: Registry, name: string, help: string) {
    const [now, most] = [this.#now, this.#most];
    new Gauge({
      name,
      help,
      labelNames: ['request_kind'],
      registers: [registry],
      collect() {
        for (const kind of ['mutating', 'readOnly'] as const) {
          this.set({ request_kind: kind }, most[kind]);
          most[kind] = now[kind];
        }
      },
    });
  }

  change(kind: RequestKind, by: 1 | -1): void {
    this.#now[kind] += by;
    this.#most[kind] = Math.max(this.#most[kind], this.#now[kind]);
  }
}
