import type { Pod } from '@hawser/api';
import { TRACKING } from './job-pod.ts';

/** Pods whose finalizer has been taken away, until the cache shows it: they must not be counted again. */
export class ReleasedPods {
  readonly #uids = new Set<string>();

  get uids(): ReadonlySet<string> {
    return this.#uids;
  }

  add(uid: string): void {
    this.#uids.add(uid);
  }

  forget(uid: string): void {
    this.#uids.delete(uid);
  }

  /** The cache has a newer state of a pod. */
  observe({ metadata }: Pod): void {
    if (!metadata.finalizers?.includes(TRACKING)) this.#uids.delete(metadata.uid ?? '');
  }
}
