import { type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type CriRecord, parseCriRecord } from './cri-record.ts';
import { type LogFile, listLogFiles } from './log-files.ts';
import { findSince, findTail } from './log-position.ts';

/** `PodLogOptions`, as far as a node answers them. */
export interface LogOptions {
  follow?: boolean;
  tailLines?: number;
  since?: Date;
  timestamps?: boolean;
  limitBytes?: number;
  stream?: 'All' | 'Stdout' | 'Stderr';
}

const BLOCK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
/** Looked at this often even when the system tells of no change. */
const POLL_MS = 500;

/**
 * Reads a container's log, rotated files first, as the container wrote it. With `follow` it goes on until the
 * container has ended and its last line was read, or the signal aborts. It reads on only when asked for the
 * next piece, so that a slow reader costs nothing but time.
 * @param logPath the file being written; it need not exist yet.
 * @param isRunning whether more may come.
 */
export async function* readLog(
  logPath: string,
  options: LogOptions,
  isRunning: () => boolean | Promise<boolean>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const formatter = new RecordFormatter(options);
  let remaining = options.limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const lines of readRecords(logPath, options, isRunning, signal)) {
    const output = formatter.format(lines);
    if (output.length >= remaining) {
      if (remaining > 0) yield output.subarray(0, remaining);
      return;
    }
    remaining -= output.length;
    if (output.length > 0) yield output;
  }
}

/** Turns records into what the container wrote. */
class RecordFormatter {
  readonly #options: LogOptions;
  readonly #since: string;
  /** Whether the next record of a stream goes on with a line that has begun. */
  readonly #midLine = { stdout: false, stderr: false };

  constructor(options: LogOptions) {
    this.#options = options;
    this.#since = options.since?.toISOString().slice(0, -1) ?? '';
  }

  format(lines: readonly Buffer[]): Buffer {
    const pieces: Buffer[] = [];
    for (const line of lines) {
      const record = parseCriRecord(line);
      if (record !== undefined && this.#isWanted(record)) this.#add(pieces, record);
    }
    return Buffer.concat(pieces);
  }

  #isWanted({ stream, timestamp }: CriRecord): boolean {
    const { stream: wanted = 'All' } = this.#options;
    return (wanted === 'All' || wanted.toLowerCase() === stream) && timestamp >= this.#since;
  }

  #add(pieces: Buffer[], { timestamp, stream, partial, content }: CriRecord): void {
    if (this.#options.timestamps && !this.#midLine[stream]) pieces.push(Buffer.from(`${timestamp} `));
    pieces.push(content);
    if (!partial) pieces.push(LINE_END);
    this.#midLine[stream] = partial;
  }
}

const LINE_END = Buffer.from('\n');

async function* readRecords(
  logPath: string,
  options: LogOptions,
  isRunning: () => boolean | Promise<boolean>,
  signal: AbortSignal,
): AsyncGenerator<Buffer[]> {
  using changes = new DirectoryChanges(dirname(logPath), options.follow === true);
  let file = await openFirst(logPath, options);
  try {
    while (!signal.aborted) {
      // Asked before reading: what is written before the end is read after this was seen.
      const mayGrow = options.follow === true && (await isRunning());
      const next = file === undefined ? listLogFiles(logPath)[0] : successor(logPath, file);
      if (file !== undefined) yield* file.readToEnd(signal);
      if (next !== undefined) {
        await file?.close();
        file = await LogFileReader.open(next, 0);
      } else if (!mayGrow) return;
      else await changes.wait(signal);
    }
  } finally {
    await file?.close();
  }
}

async function openFirst(
  logPath: string,
  { tailLines, since }: LogOptions,
): Promise<LogFileReader | undefined> {
  const files = listLogFiles(logPath);
  if (files.length === 0) return undefined;
  const start =
    tailLines !== undefined
      ? await findTail(files, tailLines)
      : since
        ? await findSince(files, since)
        : { file: 0, offset: 0 };
  return await LogFileReader.open(files[start.file]!, start.offset);
}

/** The file that follows, once this one was put aside. It is opened only after the last line of this one is written. */
function successor(logPath: string, { inode }: LogFileReader): LogFile | undefined {
  const files = listLogFiles(logPath);
  const index = files.findIndex((file) => file.inode === inode);
  return files[index + 1];
}

/** Reads whole lines of one file, however often it grew. */
class LogFileReader {
  #rest: Buffer = Buffer.alloc(0);

  private constructor(
    readonly inode: number,
    private readonly handle: FileHandle,
    private offset: number,
  ) {}

  static async open({ path, inode }: LogFile, offset: number): Promise<LogFileReader> {
    return new LogFileReader(inode, await open(path), offset);
  }

  async *readToEnd(signal: AbortSignal): AsyncGenerator<Buffer[]> {
    while (!signal.aborted) {
      const block = Buffer.allocUnsafe(BLOCK_BYTES);
      const { bytesRead } = await this.handle.read(block, 0, BLOCK_BYTES, this.offset);
      if (bytesRead === 0) return;
      this.offset += bytesRead;
      const data = Buffer.concat([this.#rest, block.subarray(0, bytesRead)]);
      const { lines, rest } = splitLines(data);
      this.#rest = rest;
      yield lines;
    }
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

function splitLines(data: Buffer): { lines: Buffer[]; rest: Buffer } {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
    lines.push(data.subarray(start, end));
    start = end + 1;
  }
  return { lines, rest: data.subarray(start) };
}

/** Waits for anything to happen in a directory, by the system's word or by the clock. */
class DirectoryChanges implements Disposable {
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
