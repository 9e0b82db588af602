import { readFileSync } from 'node:fs';
import type { Logger } from '@hawser/observability';
import { type Clock, sleep } from '@hawser/runtime';
import type { ReloadMetrics } from './reload-metrics.ts';
import { warnOfOpenFile } from './warn-of-open-file.ts';

/** What is the same for all files of a service. */
export interface ReloadSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: ReloadMetrics;
}

export interface ReloadingFileOptions<T> extends ReloadSurroundings {
  /** What they are for, such as `client-ca`: in the log, and a label of the metrics. */
  readonly name: string;
  /** The same one may be there twice. */
  readonly paths: readonly string[];
  /** Makes one value of what the files say, in their order; throws where that is of no use. */
  readonly parse: (...contents: string[]) => T;
}

/** How stale what is asked for may be: client-go's certificate reloader looks as often. */
const FRESH_MS = 1_000;
/** How often somebody who follows is served; upstream is told by the kernel, and looks each minute besides. */
const CHECK_MS = 2_000;

/**
 * Files that others replace while the service runs: certificates, keys, CAs. Whoever asks gets what they said when
 * they were last whole. Two files cannot be changed at once, and one may be read while it is written: what cannot be
 * used is not taken, said once in the log, counted, and looked at again. Contents are compared, not dates: those of
 * files that are links, or come out of an archive, say little.
 */
export class ReloadingFiles<T> {
  readonly #options: ReloadingFileOptions<T>;
  #contents: readonly string[];
  #value: T;
  #lookedAtMs: number;
  #fault: string | undefined;

  /** @throws Error where the files cannot be read, or say nothing that is of use. */
  constructor(options: ReloadingFileOptions<T>) {
    this.#options = options;
    this.#contents = readAll(options.paths);
    this.#value = parseAll(options, this.#contents);
    warnOfOpenKeys(options.paths, this.#contents, options.logger);
    this.#lookedAtMs = this.#nowMs;
  }

  /** What the files say; the same value for as long as they say the same. */
  get current(): T {
    if (Math.abs(this.#nowMs - this.#lookedAtMs) >= FRESH_MS) this.look();
    return this.#value;
  }

  /** Looks at once: the caller knows of a change. */
  look(): void {
    const { name, paths, logger, metrics } = this.#options;
    this.#lookedAtMs = this.#nowMs;
    try {
      const contents = readAll(paths);
      if (contents.every((each, index) => each === this.#contents[index])) {
        // As before a change that was of no use and has been taken back.
        this.#fault = undefined;
        return;
      }
      this.#value = parseAll(this.#options, contents);
      this.#contents = contents;
      this.#fault = undefined;
      metrics?.count(name, 'success');
      logger.info({ files: name, paths: distinct(paths) }, 'certificates reloaded');
    } catch (error) {
      this.#fault = this.#failed(error as Error, this.#fault);
    }
  }

  /**
   * Hands on each value but the first until the signal aborts; never rejects. One that cannot be put in use, because
   * `onChange` throws, is offered again.
   */
  async follow(onChange: (value: T) => void, signal: AbortSignal): Promise<void> {
    let used = this.#value;
    let fault: string | undefined;
    while (!signal.aborted) {
      await sleep(CHECK_MS, signal, this.#options.clock).catch(() => {});
      if (signal.aborted) return;
      this.look();
      if (this.#value === used) continue;
      try {
        onChange(this.#value);
        used = this.#value;
        fault = undefined;
      } catch (error) {
        fault = this.#failed(error as Error, fault);
      }
    }
  }

  /** @param said what was said last, which need not be said again. */
  #failed({ message: why }: Error, said: string | undefined): string {
    const { name, paths, logger, metrics } = this.#options;
    metrics?.count(name, 'failure');
    const values = { files: name, paths: distinct(paths), why };
    if (why !== said) logger.error(values, 'certificates cannot be reloaded, the old ones stay');
    return why;
  }

  get #nowMs(): number {
    return this.#options.clock.now().getTime();
  }
}

const distinct = (paths: readonly string[]) => [...new Set(paths)];

/** The same path is read once: two reads of a file that is replaced meanwhile would not fit together. */
function readAll(paths: readonly string[]): string[] {
  const texts = new Map(distinct(paths).map((path) => [path, readFileSync(path, 'utf8')]));
  return paths.map((path) => texts.get(path) ?? '');
}

function parseAll<T>({ paths, parse }: ReloadingFileOptions<T>, contents: readonly string[]): T {
  try {
    return parse(...contents);
  } catch (cause) {
    throw new Error(`${distinct(paths).join(' and ')}: ${(cause as Error).message}`, { cause });
  }
}

function warnOfOpenKeys(paths: readonly string[], contents: readonly string[], logger: Logger): void {
  const keys = paths.filter((_path, index) => contents[index]?.includes('PRIVATE KEY-----'));
  for (const path of distinct(keys)) warnOfOpenFile(path, logger);
}
