import { type FileHandle, open } from 'node:fs/promises';
import { parseCriRecord } from './cri-record.ts';
import type { LogFile } from './log-files.ts';

/** Where to begin reading: a file, as an index into the list of files, and an offset in it. */
export interface LogPosition {
  file: number;
  offset: number;
}

const BLOCK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** The position from which the last `lines` lines follow. Reads backwards and no more than it must. */
export async function findTail(files: readonly LogFile[], lines: number): Promise<LogPosition> {
  if (lines === 0) return endOf(files);
  let wanted = lines;
  for (let file = files.length - 1; file >= 0; file -= 1) {
    const { offset, found } = await tailOfFile(files[file]!, wanted, file === files.length - 1);
    if (offset !== undefined) return { file, offset };
    wanted -= found;
  }
  return { file: 0, offset: 0 };
}

function endOf(files: readonly LogFile[]): LogPosition {
  return { file: Math.max(0, files.length - 1), offset: files.at(-1)?.sizeBytes ?? 0 };
}

/**
 * Walks back from the end. A line begins after a record that is not partial, so each such record, and a last
 * partial one without its rest, ends a line.
 */
async function tailOfFile(
  { path, sizeBytes }: LogFile,
  wanted: number,
  isLast: boolean,
): Promise<{ offset?: number; found: number }> {
  await using handle = await open(path);
  let found = 0;
  let sawEnd = false;
  for await (const { start, partial } of recordsBackwards(handle, sizeBytes)) {
    const endsLine = !partial || (isLast && !sawEnd);
    sawEnd = true;
    if (endsLine && found === wanted) return { offset: start.next, found };
    if (endsLine) found += 1;
  }
  return { found };
}

interface BackwardRecord {
  /** Where the record after it begins. */
  start: { next: number };
  partial: boolean;
}

async function* recordsBackwards(handle: FileHandle, sizeBytes: number): AsyncGenerator<BackwardRecord> {
  let position = sizeBytes;
  let rest: Buffer = Buffer.alloc(0);
  while (position > 0) {
    const length = Math.min(BLOCK_BYTES, position);
    position -= length;
    const block = Buffer.alloc(length);
    await handle.read(block, 0, length, position);
    const data = Buffer.concat([block, rest]);
    let end = data.length;
    while (end > 0) {
      const start = lineStart(data, end);
      // The first line of a block may have begun in the block before.
      if (start === 0 && position > 0) break;
      yield describe(data.subarray(start, end), position + end);
      end = start;
    }
    rest = data.subarray(0, end);
  }
}

/** Where the line begins that ends just before `end`. */
function lineStart(data: Buffer, end: number): number {
  return end < 2 ? 0 : data.lastIndexOf(NEWLINE, end - 2) + 1;
}

function describe(line: Buffer, next: number): BackwardRecord {
  const text = line.at(-1) === NEWLINE ? line.subarray(0, -1) : line;
  return { start: { next }, partial: parseCriRecord(text)?.partial ?? false };
}

/** The position of the first record not older than `since`. Halves its way, as records stand in order of time. */
export async function findSince(files: readonly LogFile[], since: Date): Promise<LogPosition> {
  const file = files.findIndex(({ modifiedAt }) => modifiedAt >= since);
  if (file < 0) return endOf(files);
  const { path, sizeBytes } = files[file]!;
  await using handle = await open(path);
  let low = 0;
  let high = sizeBytes;
  while (high - low > BLOCK_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const time = await timeAfter(handle, middle);
    if (time !== undefined && time < since) low = middle;
    else high = middle;
  }
  return { file, offset: await nextLine(handle, low) };
}

/** The time of the first whole record after an offset. */
async function timeAfter(handle: FileHandle, offset: number): Promise<Date | undefined> {
  const start = await nextLine(handle, offset);
  const head = Buffer.alloc(64);
  const { bytesRead } = await handle.read(head, 0, head.length, start);
  const timestamp = head.toString('latin1', 0, bytesRead).split(' ', 1)[0]!;
  const time = new Date(timestamp);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

async function nextLine(handle: FileHandle, offset: number): Promise<number> {
  if (offset === 0) return 0;
  const block = Buffer.alloc(BLOCK_BYTES);
  for (let at = offset; ; at += BLOCK_BYTES) {
    const { bytesRead } = await handle.read(block, 0, BLOCK_BYTES, at);
    const newline = block.subarray(0, bytesRead).indexOf(NEWLINE);
    if (newline >= 0) return at + newline + 1;
    if (bytesRead < BLOCK_BYTES) return at + bytesRead;
  }
}
