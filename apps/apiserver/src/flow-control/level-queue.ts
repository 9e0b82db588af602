/** So many requests of one flow may wait: upstream's 6 queues of 50 for each (…/flowcontrol/bootstrap/default.go). */
export const MAX_FLOW_LENGTH = 300;
/** So many of one level, whoever makes them. */
export const MAX_LEVEL_LENGTH = 3_000;

/** The waiting requests of one level: first come, first served within a flow, and the flows take turns. */
export class LevelQueue<T> {
  /** By flow; the flow whose turn it is stands first. */
  readonly #flows = new Map<string, T[]>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** @returns false where there is no room. */
  push(flow: string, item: T): boolean {
    const waiting = this.#flows.get(flow);
    if (this.#length >= MAX_LEVEL_LENGTH || (waiting?.length ?? 0) >= MAX_FLOW_LENGTH) return false;
    if (waiting === undefined) this.#flows.set(flow, [item]);
    else waiting.push(item);
    this.#length += 1;
    return true;
  }

  shift(): T | undefined {
    const [first] = this.#flows;
    if (first === undefined) return undefined;
    const [flow, waiting] = first;
    const item = waiting.shift();
    this.#length -= 1;
    this.#flows.delete(flow);
    if (waiting.length > 0) this.#flows.set(flow, waiting);
    return item;
  }

  /** Takes out what no longer waits. */
  remove(flow: string, item: T): void {
    const waiting = this.#flows.get(flow) ?? [];
    const at = waiting.indexOf(item);
    if (at === -1) return;
    waiting.splice(at, 1);
    this.#length -= 1;
    if (waiting.length === 0) this.#flows.delete(flow);
  }
}
