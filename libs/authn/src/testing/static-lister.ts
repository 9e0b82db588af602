import type { Lister } from '../lister.ts';

interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** A Lister over objects that a test puts in and takes out. */
export class StaticLister<T extends Named> implements Lister<T> {
  readonly #objects = new Map<string, T>();
  #version = 1;

  constructor(objects: readonly T[] = []) {
    for (const object of objects) this.put(object);
  }

  get version(): number {
    return this.#version;
  }

  get(namespace: string, name: string): T | undefined {
    return this.#objects.get(`${namespace}/${name}`);
  }

  list(namespace?: string): readonly T[] {
    const all = [...this.#objects.values()];
    return namespace === undefined
      ? all
      : all.filter((each) => (each.metadata.namespace ?? '') === namespace);
  }

  /** Adds, or replaces what has the same name. */
  put(object: T): void {
    this.#objects.set(`${object.metadata.namespace ?? ''}/${object.metadata.name}`, object);
    this.#version += 1;
  }

  delete(namespace: string, name: string): void {
    this.#objects.delete(`${namespace}/${name}`);
    this.#version += 1;
  }
}
