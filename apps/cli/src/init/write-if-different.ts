import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomic } from '@hawser/runtime';

/** Writes a file, readable by its owner only, unless it has that content already: services watch these files. */
export function writeIfDifferent(path: string, content: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === content) return;
  writeFileAtomic(path, content, 0o600);
}
