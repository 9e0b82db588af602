import { matchesLabels, type Pod, type Selector } from '@hawser/api';
import { keyOf, type Named, type Resource } from '@hawser/client';
import type { SourceHandler } from '../framework/reconciler.ts';
import { controllerOf, refersTo } from '../ownership/controller-ref.ts';
import type { Expectations } from '../ownership/expectations.ts';

export interface OwnerWatchOptions<O extends Named> {
  readonly kind: Resource;
  readonly get: (key: string) => O | undefined;
  readonly list: (namespace: string | undefined) => O[];
  readonly selectorOf: (owner: O) => Selector | undefined;
  readonly enqueue: (key: string) => void;
  readonly expectations?: Expectations;
  /** Told besides of a pod that changed. */
  readonly changed?: (owner: O, before: Pod, after: Pod) => void;
}

/** Tells owners of a kind what happens to their pods, and to pods that they may want to adopt. */
export function ownerWatch<O extends Named>(options: OwnerWatchOptions<O>): SourceHandler<Pod> {
  const { kind, get, list, selectorOf, enqueue, expectations } = options;
  const ownerOf = (pod: Pod): O | undefined => {
    const reference = controllerOf(pod);
    if (reference === undefined || !refersTo(reference, kind)) return undefined;
    const owner = get(`${pod.metadata.namespace}/${reference.name}`);
    return owner?.metadata.uid === reference.uid ? owner : undefined;
  };
  const offer = (pod: Pod) => {
    if (controllerOf(pod) !== undefined) return;
    for (const owner of list(pod.metadata.namespace)) {
      const selector = selectorOf(owner);
      if (selector !== undefined && matchesLabels(selector, pod.metadata.labels)) enqueue(keyOf(owner));
    }
  };
  const left = (pod: Pod) => {
    const owner = ownerOf(pod);
    if (owner === undefined) return;
    expectations?.deletionObserved(keyOf(owner), pod.metadata.uid ?? '');
    enqueue(keyOf(owner));
  };
  return {
    added(pod) {
      // One that is being deleted already may be told of first now.
      if (pod.metadata.deletionTimestamp !== undefined) return left(pod);
      const owner = ownerOf(pod);
      if (owner === undefined) return offer(pod);
      expectations?.creationObserved(keyOf(owner));
      enqueue(keyOf(owner));
    },
    updated(before, after) {
      if (after.metadata.deletionTimestamp !== undefined) left(after);
      const [old, owner] = [ownerOf(before), ownerOf(after)];
      if (old !== undefined && old.metadata.uid !== owner?.metadata.uid) enqueue(keyOf(old));
      if (owner === undefined) return offer(after);
      enqueue(keyOf(owner));
      options.changed?.(owner, before, after);
    },
    deleted: left,
  };
}
