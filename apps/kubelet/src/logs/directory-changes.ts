import { type FSWatcher, watch } from 'node:fs';

/** Looked at this often even when the system tells of no change. */
const POLL_MS = 500;

/** Waits for anything to happen in a directory, by the system's word or by the clock. */
export class DirectoryChanges implements Disposable {
  #watcher: FSWatcher | undefined;
  #changed = false;
  #wake: () => void = () => {};

  constructor(directory: string, needed: boolean) {
    if (!needed) return;
    try {
      this.#watcher = watch(directory, () => this.#notice());
      this.#watcher.on('error', () => {});
    } catch {
      // Not there yet, or no watches left: the clock does.
    }
  }

  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#wake = () => {};
        this.#changed = false;
        resolve();
      };
      const timer = setTimeout(done, POLL_MS);
      signal.addEventListener('abort', done);
      this.#wake = done;
      if (this.#changed || signal.aborted) done();
    });
  }

  #notice(): void {
    this.#changed = true;
    this.#wake();
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
  }
}
