import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@hawser/runtime';

/** What `npm run dev` was asked for, kept for the next time and for `turbo run dev` by itself. */
export interface DevSettings {
  readonly nodes: number;
}

const fileOf = (home: string): string => join(home, 'dev.json');

/** The settings of the last time; one node if there was none. */
export function readDevSettings(home: string): DevSettings {
  const file = fileOf(home);
  if (!existsSync(file)) return { nodes: 1 };
  return JSON.parse(readFileSync(file, 'utf8')) as DevSettings;
}

export function writeDevSettings(home: string, settings: DevSettings): void {
  writeFileAtomic(fileOf(home), `${JSON.stringify(settings)}\n`);
}
