import { type Pod, pods } from '@hawser/api';
import { Informer, isNotFound } from '@hawser/client';
import type { BareNode } from './bare-node.ts';

/** What becomes of a pod. */
export type Outcome = 'ready' | 'succeeded' | 'failed' | 'pending';

/**
 * The half of a kubelet that tells about pods, without running any: the loops are under test here, and their pods
 * become ready, succeed or fail on demand. Pods that are deleted go at once.
 */
export class PodRunner implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #informer: Informer<typeof pods>;
  readonly #running: Promise<void>;

  /** @param outcomeOf what becomes of a pod: it is ready unless told. */
  constructor(
    private readonly node: BareNode,
    private readonly outcomeOf: (pod: Pod) => Outcome = () => 'ready',
  ) {
    this.#informer = new Informer(node.client, pods, { fieldSelector: `spec.nodeName=${node.name}` });
    const look = (pod: Pod) => void this.#handle(pod);
    this.#informer.subscribe({ added: look, updated: (_before, after) => look(after) });
    this.#running = this.#informer.run(this.#stop.signal);
  }

  async #handle(pod: Pod): Promise<void> {
    try {
      if (pod.metadata.deletionTimestamp !== undefined) await this.#remove(pod);
      else if (pod.status?.phase === 'Pending') await this.#report(pod);
    } catch (error) {
      if (!isNotFound(error) && !this.#stop.signal.aborted) throw error;
    }
  }

  async #remove({ metadata: { name, namespace, uid, finalizers = [] } }: Pod): Promise<void> {
    // What still has finalizers has been asked to go already.
    if (finalizers.length > 0) return;
    await this.node.client.delete(pods, name, { namespace, uid, gracePeriodSeconds: 0 });
  }

  async #report(pod: Pod): Promise<void> {
    const outcome = this.outcomeOf(pod);
    if (outcome === 'pending') return;
    const { name, namespace, uid } = pod.metadata;
    const phase = outcome === 'ready' ? 'Running' : outcome === 'succeeded' ? 'Succeeded' : 'Failed';
    const lastTransitionTime = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const ready = { type: 'Ready', status: outcome === 'ready' ? 'True' : 'False', lastTransitionTime };
    const status = { phase, startTime: lastTransitionTime, conditions: [ready] };
    const options = { namespace, subresource: 'status', type: 'strategic' } as const;
    await this.node.client.patch(pods, name, { metadata: { uid }, status }, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}
