import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Container } from '@hawser/api';
import type { ContainerStatus as Run } from '../container-runtime/container-runtime.ts';
import { RuntimeAnnotation } from '../containers/runtime-annotations.ts';
import { parseCriRecord } from '../logs/cri-record.ts';

const FILE_BYTES = 4096;
const LOG_BYTES = 2048;
const LOG_LINES = 80;

/**
 * What a container that ended leaves to be read: its termination message file, or, when that is empty, it
 * failed and the policy says so, the end of its log.
 */
export function terminationMessage(run: Run, policy: Container['terminationMessagePolicy']): string {
  const path = run.annotations[RuntimeAnnotation.terminationMessageFile];
  const message = path === undefined ? '' : readHead(path);
  if (message !== '' || policy !== 'FallbackToLogsOnError' || run.exitCode === 0) return message;
  return endOfLog(run.logPath);
}

function readHead(path: string): string {
  return readPart(path, FILE_BYTES, () => 0);
}

function endOfLog(path: string): string {
  const lines = readEnd(path)
    .split('\n')
    .slice(-LOG_LINES - 1);
  const text = lines.map((line) => {
    const record = parseCriRecord(Buffer.from(line));
    return record === undefined ? '' : record.content.toString('utf8') + (record.partial ? '' : '\n');
  });
  return text.join('').slice(-LOG_BYTES);
}

/** Twice the wanted size holds it even with the records' heads. */
function readEnd(path: string): string {
  const bytes = 8 * LOG_BYTES;
  return readPart(path, bytes, (size) => Math.max(0, size - bytes));
}

/** Never more than was asked for, and of regular files only: a pipe would block, a symlink lead elsewhere. */
function readPart(path: string, maxBytes: number, positionIn: (size: number) => number): string {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile()) return '';
      const block = Buffer.alloc(Math.min(stats.size, maxBytes));
      const bytes = readSync(file, block, 0, block.length, positionIn(stats.size));
      return block.toString('utf8', 0, bytes);
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}
