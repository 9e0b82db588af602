import { keyOf, type Named } from './resource.ts';

/** Values under which an object is found in an index; none leaves it out. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** Objects by key and by index, as client-go's ThreadSafeStore. */
export class ObjectCache<T extends Named> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Map<string, Set<string>>>();
  readonly #functions = new Map<string, IndexFunction<T>>();

  constructor(functions: Readonly<Record<string, IndexFunction<T>>> = {}) {
    for (const [name, valuesOf] of Object.entries(functions)) this.addIndex(name, valuesOf);
  }

  /** Indexes the objects, those already here too. Adding an index again under its name changes nothing. */
  addIndex(name: string, valuesOf: IndexFunction<T>): void {
    if (this.#functions.has(name)) return;
    this.#functions.set(name, valuesOf);
    this.#indexes.set(name, new Map());
    for (const [key, object] of this.#objects) this.#index(name, valuesOf, key, object);
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  keys(): string[] {
    return [...this.#objects.keys()];
  }

  values(): T[] {
    return [...this.#objects.values()];
  }

  /** The objects that the index function gave this value. @throws RangeError for an index that does not exist. */
  index(name: string, value: string): T[] {
    const index = this.#indexes.get(name);
    if (!index) throw new RangeError(`no index ${name}`);
    return [...(index.get(value) ?? [])].map((key) => this.#objects.get(key)!);
  }

  /** Puts an object; returns the one it replaces. */
  put(object: T): T | undefined {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (old) this.#unindex(key, old);
    this.#objects.set(key, object);
    for (const [name, valuesOf] of this.#functions) this.#index(name, valuesOf, key, object);
    return old;
  }

  /** Removes an object; returns it. */
  delete(key: string): T | undefined {
    const old = this.#objects.get(key);
    if (!old) return undefined;
    this.#objects.delete(key);
    this.#unindex(key, old);
    return old;
  }

  #index(name: string, valuesOf: IndexFunction<T>, key: string, object: T): void {
    const index = this.#indexes.get(name)!;
    for (const value of valuesOf(object)) {
      const keys = index.get(value);
      if (keys) keys.add(key);
      else index.set(value, new Set([key]));
    }
  }

  #unindex(key: string, object: T): void {
    for (const [name, valuesOf] of this.#functions) {
      const index = this.#indexes.get(name)!;
      for (const value of valuesOf(object)) {
        const keys = index.get(value);
        keys?.delete(key);
        if (keys?.size === 0) index.delete(value);
      }
    }
  }
}
