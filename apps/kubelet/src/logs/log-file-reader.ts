import { type FileHandle, open } from 'node:fs/promises';
import type { LogFile } from './log-files.ts';

const BLOCK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Reads whole lines of one file, however often it grew. */
export class LogFileReader {
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
