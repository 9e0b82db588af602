import { Writable } from 'node:stream';
import type { ExecResult } from '../container-runtime.ts';
import { ExecTimeoutError } from '../errors.ts';
import { type ExecTarget, executeInContainer } from './execute.ts';

/** Output past this is dropped: probes and hooks are asked for a verdict, not for data. */
const OUTPUT_BYTES = 1 << 20;

/**
 * Runs a command in a container and keeps what it says.
 * @throws as `executeInContainer`; ExecTimeoutError after `timeoutMs`.
 */
export async function executeSync(
  target: ExecTarget,
  command: string[],
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<ExecResult> {
  const overdue = new AbortController();
  const timer = setTimeout(() => overdue.abort(new ExecTimeoutError(command, timeoutMs)), timeoutMs);
  const signals = [overdue.signal, ...(signal === undefined ? [] : [signal])];
  const [stdout, stderr] = [new Collector(), new Collector()];
  try {
    const streams = { stdout, stderr, tty: false, signal: AbortSignal.any(signals) };
    const exitCode = await executeInContainer(target, command, streams);
    return { exitCode, stdout: stdout.content(), stderr: stderr.content() };
  } finally {
    clearTimeout(timer);
  }
}

/** Keeps the beginning of what is written to it. */
class Collector extends Writable {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (this.#bytes < OUTPUT_BYTES) this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    done();
  }

  content(): Buffer {
    return Buffer.concat(this.#chunks).subarray(0, OUTPUT_BYTES);
  }
}
