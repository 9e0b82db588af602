import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@hawser/runtime';
import type { InitializeOptions } from './initialize.ts';

/** What `hawser init` is told once and goes by from then on. */
export type InitSettings = Pick<InitializeOptions, 'extraNames' | 'endpointHost' | 'egress' | 'natsAddress'>;

const DEFAULTS: InitSettings = {
  extraNames: [],
  endpointHost: '127.0.0.1',
  egress: 'direct',
  natsAddress: '127.0.0.1',
};

const fileOf = (home: string): string => join(home, 'init.json');

/**
 * What a state directory was last made with; the defaults for what was never said. Certificates are renewed by
 * `hawser init` long after anybody remembers its flags, and must not lose their names by that.
 * @throws Error for a file that cannot be read.
 */
export function readInitSettings(home: string): InitSettings {
  const file = fileOf(home);
  if (!existsSync(file)) return DEFAULTS;
  try {
    return { ...DEFAULTS, ...(JSON.parse(readFileSync(file, 'utf8')) as Partial<InitSettings>) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${file} cannot be read: ${why}`, { cause });
  }
}

export function writeInitSettings(home: string, settings: InitSettings): void {
  const { extraNames, endpointHost, egress, natsAddress } = settings;
  writeFileAtomic(fileOf(home), `${JSON.stringify({ extraNames, endpointHost, egress, natsAddress })}\n`);
}
