import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@hawser/runtime';
import type { Network } from '../network/addresses.ts';
import type { Egress } from '../services.ts';

/** What `npm run dev` was asked for, kept for the next time and for `turbo run dev` by itself. */
export interface DevSettings {
  readonly nodes: number;
  readonly egress: Egress;
  readonly network: Network;
}

const DEFAULTS: DevSettings = { nodes: 1, egress: 'konnectivity', network: 'loopback' };

const fileOf = (home: string): string => join(home, 'dev.json');

/** The settings of the last time; the defaults for what was never said. */
export function readDevSettings(home: string): DevSettings {
  const file = fileOf(home);
  if (!existsSync(file)) return DEFAULTS;
  return { ...DEFAULTS, ...(JSON.parse(readFileSync(file, 'utf8')) as Partial<DevSettings>) };
}

export function writeDevSettings(home: string, settings: DevSettings): void {
  writeFileAtomic(fileOf(home), `${JSON.stringify(settings)}\n`);
}
