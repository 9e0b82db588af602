import { type Pod, pods } from '@hawser/api';
import type { Informer } from '@hawser/client';
import type { InformerPool } from '../framework/informer-pool.ts';
import { controllerOf } from '../ownership/controller-ref.ts';

const BY_CONTROLLER = 'controller';

/** The pods of the cluster, found by who manages them. */
export class PodIndex {
  readonly informer: Informer<typeof pods>;

  constructor(informers: InformerPool) {
    this.informer = informers.get(pods);
    this.informer.addIndex(BY_CONTROLLER, (pod) => [
      controllerOf(pod)?.uid ?? orphansOf(pod.metadata.namespace),
    ]);
  }

  /** The pods that an owner manages, by its UID. */
  managedBy(uid: string | undefined): Pod[] {
    return uid === undefined ? [] : this.informer.index(BY_CONTROLLER, uid);
  }

  /** The pods of a namespace that nobody manages. */
  orphans(namespace: string | undefined): Pod[] {
    return this.informer.index(BY_CONTROLLER, orphansOf(namespace));
  }

  /** All that an owner could claim: its own, and those of nobody in its namespace. */
  candidates({ metadata }: { metadata: { uid?: string; namespace?: string } }): Pod[] {
    return [...this.managedBy(metadata.uid), ...this.orphans(metadata.namespace)];
  }
}

function orphansOf(namespace = ''): string {
  return `orphans of ${namespace}`;
}
