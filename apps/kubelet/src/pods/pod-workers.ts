import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod } from '@hawser/api';
import { sleep } from '@hawser/runtime';
import { RuntimeLabel } from '../container-runtime/container-runtime.ts';
import { RuntimeAnnotation } from '../containers/runtime-annotations.ts';
import { isUid, UnsafeNameError } from '../path-names.ts';
import { podName } from './pod-spec-queries.ts';
import { PodWorker } from './pod-worker.ts';
import { type PodWorkerContext, podLogsDirectory } from './pod-worker-context.ts';

const RESTART_MS = 10_000;

/** The workers of all pods of the node, by UID. */
export class PodWorkers {
  readonly #context: PodWorkerContext;
  readonly #signal: AbortSignal;
  readonly #workers = new Map<string, { worker: PodWorker; ended: Promise<void> }>();
  readonly #onEnd: (podUid: string) => void;

  /** @param onEnd told of each pod of which nothing is left. */
  constructor(context: PodWorkerContext, signal: AbortSignal, onEnd: (podUid: string) => void) {
    this.#context = context;
    this.#signal = signal;
    this.#onEnd = onEnd;
  }

  get pods(): Pod[] {
    return [...this.#workers.values()].map(({ worker }) => worker.pod);
  }

  find(namespace: string, name: string): Pod | undefined {
    return this.pods.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  }

  /** A pod that is new, or has changed. One whose names are no parts of paths is left alone altogether. */
  update(pod: Pod): void {
    if (!this.#isNamedSafely(pod)) return;
    const uid = pod.metadata.uid!;
    const known = this.#workers.get(uid);
    if (known === undefined) this.#add(new PodWorker(this.#context, pod), uid);
    else known.worker.update(pod);
  }

  /** A pod that the API server has no more. */
  forgotten(podUid: string): void {
    this.#workers.get(podUid)?.worker.forgotten();
  }

  wake(podUid: string): void {
    this.#workers.get(podUid)?.worker.wake();
  }

  /** Resolves when all workers have ended; after the signal has aborted they do. */
  async ended(): Promise<void> {
    await Promise.all([...this.#workers.values()].map(({ ended }) => ended));
  }

  /**
   * Ends what runs of pods that nobody knows any more, deleted while this kubelet was away, and removes what
   * is left of them.
   * @param podsDirectory in which volumes of such pods may lie.
   */
  async removeOrphans(podsDirectory: string): Promise<void> {
    const { runtime, volumes, logger, logsDirectory } = this.#context;
    for (const { id, labels, annotations } of await runtime.listPodSandbox()) {
      const uid = labels[RuntimeLabel.podUid] ?? '';
      if (this.#workers.has(uid)) continue;
      logger.info({ pod: labels[RuntimeLabel.podName], podUid: uid }, 'removing a pod that was deleted');
      const graceSeconds = Number(annotations[RuntimeAnnotation.gracePeriod] ?? '30');
      const containers = await runtime.listContainers({ podSandboxId: id });
      await Promise.all(containers.map((container) => runtime.stopContainer(container.id, graceSeconds)));
      await runtime.removePodSandbox(id);
    }
    for (const uid of entriesOf(podsDirectory).filter(isUid))
      if (!this.#workers.has(uid)) volumes.unmount(uid);
    for (const entry of entriesOf(logsDirectory)) {
      // NAMESPACE_NAME_UID, none of which holds an underscore.
      const uid = entry.split('_')[2];
      if (uid !== undefined && !this.#workers.has(uid))
        rmSync(join(logsDirectory, entry), { recursive: true, force: true });
    }
  }

  #isNamedSafely(pod: Pod): boolean {
    try {
      podLogsDirectory(this.#context.logsDirectory, pod);
      return true;
    } catch (error) {
      if (!(error instanceof UnsafeNameError)) throw error;
      this.#context.logger.error({ error, pod: podName(pod) }, 'pod refused for its name');
      return false;
    }
  }

  #add(worker: PodWorker, uid: string): void {
    this.#workers.set(uid, { worker, ended: this.#run(worker, uid) });
  }

  /** A worker that fails begins again: it goes by what it finds. */
  async #run(worker: PodWorker, uid: string): Promise<void> {
    const { logger, clock } = this.#context;
    for (let isDone = false; !isDone && !this.#signal.aborted; ) {
      try {
        await worker.run(this.#signal);
        isDone = true;
      } catch (error) {
        logger.error({ error, pod: podName(worker.pod) }, 'pod worker failed, beginning again');
        await sleep(RESTART_MS, this.#signal, clock).catch(() => {});
      }
    }
    if (this.#signal.aborted) return;
    this.#workers.delete(uid);
    this.#onEnd(uid);
  }
}

function entriesOf(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
