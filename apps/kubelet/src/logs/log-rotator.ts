import { renameSync, rmSync } from 'node:fs';
import type { Logger } from '@hawser/observability';
import { type Clock, sleep } from '@hawser/runtime';
import type { ContainerRuntime } from '../container-runtime/container-runtime.ts';
import { listLogFiles, rotatedPath } from './log-files.ts';

export interface LogRotatorOptions {
  readonly runtime: ContainerRuntime;
  readonly maxSizeBytes: number;
  /** Files kept for one container, the one being written included. */
  readonly maxFiles: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const INTERVAL_MS = 10_000;

/**
 * Keeps containers' logs within bounds, as upstream's kubelet does: a log that has grown too large is renamed and
 * begun anew, and the oldest go. Rotated files are kept as they are, not compressed, so that `kubectl logs` can
 * read on from them.
 */
export class LogRotator {
  constructor(private readonly options: LogRotatorOptions) {}

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(INTERVAL_MS, signal, this.options.clock).catch(() => {});
      if (!signal.aborted) await this.rotateAll();
    }
  }

  /** Looks at every running container's log once. */
  async rotateAll(): Promise<void> {
    const { runtime, logger } = this.options;
    for (const { id, state } of await runtime.listContainers()) {
      if (state !== 'running') continue;
      try {
        await this.#rotate(id, (await runtime.containerStatus(id)).logPath);
      } catch (error) {
        logger.warn({ error, containerId: id }, 'log not rotated');
      }
    }
  }

  async #rotate(containerId: string, logPath: string): Promise<void> {
    const { runtime, maxSizeBytes, maxFiles, clock } = this.options;
    const files = listLogFiles(logPath);
    const current = files.at(-1);
    if (current?.path !== logPath || current.sizeBytes < maxSizeBytes) return;
    renameSync(logPath, rotatedPath(logPath, clock.now()));
    await runtime.reopenContainerLog(containerId);
    const rotated = files.slice(0, -1);
    // The one just put aside and the one being written count as well.
    for (const { path } of rotated.slice(0, Math.max(0, rotated.length + 2 - maxFiles)))
      rmSync(path, { force: true });
  }
}
