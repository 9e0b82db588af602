import { dirname } from 'node:path';
import { type CriRecord, parseCriRecord } from './cri-record.ts';
import { DirectoryChanges } from './directory-changes.ts';
import { LogFileReader } from './log-file-reader.ts';
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
