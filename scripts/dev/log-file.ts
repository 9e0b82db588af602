import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const MAX_BYTES = 10_000_000;

/** A log file that is appended to; one that has grown large is put aside, once, when it is opened. */
export class LogFile implements Disposable {
  readonly #descriptor: number;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    if (existsSync(path) && statSync(path).size > MAX_BYTES) renameSync(path, `${path}.1`);
    this.#descriptor = openSync(path, 'a', 0o600);
  }

  /** Written before it returns: what a service said last must not be lost with this process. */
  append(line: string): void {
    writeSync(this.#descriptor, `${line}\n`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}
