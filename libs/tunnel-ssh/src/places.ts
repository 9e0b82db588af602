/** A place that was taken; to be given back once, by calling it. */
export type GiveBack = () => void;

/** So many places for each key; who finds none waits for one, in the order of coming. */
export class Places {
  readonly #max: number;
  readonly #keys = new Map<string, { taken: number; readonly waiting: ((giveBack: GiveBack) => void)[] }>();

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Takes a place.
   * @throws the signal's reason, when it aborts before there is one.
   */
  async take(key: string, signal: AbortSignal): Promise<GiveBack> {
    signal.throwIfAborted();
    const places = this.#keys.get(key) ?? { taken: 0, waiting: [] };
    this.#keys.set(key, places);
    if (places.taken < this.#max) {
      places.taken += 1;
      return () => this.#giveBack(key);
    }
    return new Promise((resolve, reject) => {
      const given = (giveBack: GiveBack) => {
        signal.removeEventListener('abort', onAbort);
        resolve(giveBack);
      };
      const onAbort = () => {
        places.waiting.splice(places.waiting.indexOf(given), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      places.waiting.push(given);
    });
  }

  #giveBack(key: string): void {
    const places = this.#keys.get(key)!;
    const next = places.waiting.shift();
    if (next !== undefined) {
      next(() => this.#giveBack(key));
      return;
    }
    places.taken -= 1;
    if (places.taken === 0) this.#keys.delete(key);
  }
}
