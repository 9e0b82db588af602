/** Keys in order, kept so by insertion: lists read ranges of them. */
export class SortedKeys {
  readonly #keys: string[] = [];

  add(key: string): void {
    const at = this.#lowerBound(key);
    if (this.#keys[at] !== key) this.#keys.splice(at, 0, key);
  }

  delete(key: string): void {
    const at = this.#lowerBound(key);
    if (this.#keys[at] === key) this.#keys.splice(at, 1);
  }

  /** Keys with a prefix, in order; with `after`, only those that sort after it. */
  range(prefix: string, after?: string): string[] {
    let at = this.#lowerBound(after === undefined || after < prefix ? prefix : after);
    if (after !== undefined && this.#keys[at] === after) at += 1;
    const found: string[] = [];
    for (; at < this.#keys.length && this.#keys[at]!.startsWith(prefix); at += 1) found.push(this.#keys[at]!);
    return found;
  }

  #lowerBound(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
