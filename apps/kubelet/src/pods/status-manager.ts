import { isDeepStrictEqual } from 'node:util';
import { type Pod, type PodStatus, pods } from '@hawser/api';
import { isConflict, isNotFound, type KubeClient } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { Backoff, type Clock, sleep } from '@hawser/runtime';
import { logFailure } from '../log-failure.ts';
import { POD_NETWORK } from './pod-conditions.ts';
import { podName } from './pod-spec-queries.ts';

const RETRYING = 'pod status or deletion not accepted, trying until it is';

interface Entry {
  pod: Pod;
  status: PodStatus;
  /** The status that the API server is known to have, and in which version. */
  sent?: { status: PodStatus; resourceVersion: number };
  /** Under way; resolves when the latest status is with the API server, or the pod is gone there. */
  sending?: Promise<void>;
}

/** Types of conditions that belong to the kubelet; all others are kept as the API server has them. */
const OWNED = new Set([
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
  POD_NETWORK,
]);

/**
 * Brings the statuses of pods to the API server: the latest of each pod, one request at a time, until it
 * arrives. Statuses that say nothing new are not sent.
 */
export class StatusManager {
  readonly #entries = new Map<string, Entry>();

  constructor(
    private readonly client: KubeClient,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly signal: AbortSignal,
  ) {}

  /** The status last set for a pod. */
  get(podUid: string): PodStatus | undefined {
    return this.#entries.get(podUid)?.status;
  }

  /** Sets a pod's status, worked out from this version of it. */
  set(pod: Pod, status: PodStatus): void {
    const entry = this.#entries.get(pod.metadata.uid!) ?? { pod, status };
    entry.status = status;
    this.#entries.set(pod.metadata.uid!, entry);
    this.#bring(entry, pod);
  }

  /** The pod as the API server now has it: somebody else may have changed its status, which is then set right. */
  seen(pod: Pod): void {
    const entry = this.#entries.get(pod.metadata.uid!);
    if (entry !== undefined) this.#bring(entry, pod);
  }

  #bring(entry: Entry, pod: Pod): void {
    entry.pod = pod;
    if (entry.sending === undefined && this.#isNews(entry)) entry.sending = this.#send(entry);
  }

  /** Resolves when what was set for a pod has arrived, or the pod is gone. */
  async settled(podUid: string): Promise<void> {
    for (let entry = this.#entries.get(podUid); entry?.sending; entry = this.#entries.get(podUid))
      await entry.sending;
  }

  /**
   * Deletes a pod whose containers are gone and whose volumes are removed: the last step of its deletion, by
   * which the API server forgets it.
   */
  async delete(pod: Pod): Promise<void> {
    const { name, namespace, uid } = pod.metadata;
    await this.settled(uid!);
    await this.#untilDone(pod, async () => {
      await this.client.delete(pods, name, { namespace, uid, gracePeriodSeconds: 0, signal: this.signal });
    });
  }

  forget(podUid: string): void {
    this.#entries.delete(podUid);
  }

  async #send(entry: Entry): Promise<void> {
    try {
      while (!this.signal.aborted && this.#isNews(entry)) {
        const { pod, status } = entry;
        await this.#untilDone(pod, () => this.#patch(entry, status));
        if (entry.sent?.status !== status) return;
      }
    } finally {
      // In the same turn as the last look: what is set after it starts anew.
      entry.sending = undefined;
    }
  }

  /** Whether the API server has something else, as far as is known: what was sent, or came by watch since. */
  #isNews({ pod, status, sent }: Entry): boolean {
    const known =
      sent !== undefined && sent.resourceVersion >= Number(pod.metadata.resourceVersion)
        ? sent.status
        : pod.status;
    return !isDeepStrictEqual(plain(known), plain(status));
  }

  async #patch(entry: Entry, status: PodStatus): Promise<void> {
    const { name, namespace, uid } = entry.pod.metadata;
    const latest = await this.#latest(entry);
    if (latest.metadata.uid !== uid) return;
    const foreign = (latest.status?.conditions ?? []).filter(({ type }) => !OWNED.has(type));
    const own = (status.conditions ?? []).filter(({ type }) => OWNED.has(type));
    const patch = {
      // The version guards the conditions of others, which a merge patch can only write as a whole list.
      metadata: { uid, resourceVersion: latest.metadata.resourceVersion },
      status: { ...status, conditions: [...own, ...foreign] },
    };
    const options = { type: 'merge', namespace, subresource: 'status', signal: this.signal } as const;
    const updated = await this.client.patch(pods, name, patch, options);
    entry.sent = { status, resourceVersion: Number(updated.metadata.resourceVersion) };
  }

  /** The pod as last seen; after a patch of ours only the API server knows. */
  async #latest({ pod, sent }: Entry): Promise<Pod> {
    const { name, namespace, resourceVersion } = pod.metadata;
    if (sent === undefined || sent.resourceVersion <= Number(resourceVersion)) return pod;
    return await this.client.get(pods, name, { namespace, signal: this.signal });
  }

  /** Tries until it succeeds, the pod is gone, or the kubelet stops. */
  async #untilDone(pod: Pod, act: () => Promise<void>): Promise<void> {
    const backoff = new Backoff({ initialMs: 100, maxMs: 10_000 });
    for (let tries = 1; !this.signal.aborted; tries += 1) {
      try {
        return await act();
      } catch (error) {
        if (this.signal.aborted || isNotFound(error)) return;
        if (isConflict(error) && !(await this.#refresh(pod))) return;
        if (!isConflict(error)) logFailure(this.logger, error, tries, RETRYING, { pod: podName(pod) });
        await sleep(backoff.next(), this.signal, this.clock).catch(() => {});
      }
    }
  }

  /**
   * After a conflict: looks at the pod again, so that the next try starts from what is there. Returns false when
   * another pod has taken its name.
   */
  async #refresh({ metadata }: Pod): Promise<boolean> {
    const entry = this.#entries.get(metadata.uid!);
    const options = { namespace: metadata.namespace, signal: this.signal };
    const fresh = await this.client.get(pods, metadata.name, options).catch(() => undefined);
    if (fresh === undefined || entry === undefined) return true;
    if (fresh.metadata.uid === metadata.uid) entry.pod = fresh;
    return fresh.metadata.uid === metadata.uid;
  }
}

/** Without fields that are set to nothing, as JSON leaves them out. */
function plain(status: PodStatus | undefined): object {
  return JSON.parse(JSON.stringify(status ?? {}));
}
