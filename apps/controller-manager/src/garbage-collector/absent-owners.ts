import type { Identity } from './ownership-graph.ts';

const SIZE = 500;

/**
 * Owners that are known to be gone; a UID never comes back. The whole identity counts, not the UID alone: else a wrong
 * reference to an object that is there, found absent under the wrong name, would condemn all its dependents. The oldest
 * are forgotten.
 */
export class AbsentOwners {
  readonly #keys = new Set<string>();

  add(identity: Identity): void {
    const key = keyOfIdentity(identity);
    this.#keys.delete(key);
    this.#keys.add(key);
    if (this.#keys.size > SIZE) this.#keys.delete(this.#keys.values().next().value!);
  }

  has(identity: Identity): boolean {
    return this.#keys.has(keyOfIdentity(identity));
  }
}

function keyOfIdentity({ resource, namespace, name, uid }: Identity): string {
  return [resource.group, resource.kind, namespace, name, uid].join('\n');
}
