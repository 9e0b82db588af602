import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { writeFileAtomic } from '@hawser/runtime';
import become from './become.pl' with { type: 'text' };
import channel from './channel.pl' with { type: 'text' };
import enter from './enter.pl' with { type: 'text' };
import forward from './forward.pl' with { type: 'text' };
import shim from './shim.pl' with { type: 'text' };

/** Writes the supervisor scripts, which a compiled executable carries within, where perl can read them. */
export function installScripts(directory: string): string {
  const scripts = {
    'become.pl': become,
    'channel.pl': channel,
    'enter.pl': enter,
    'forward.pl': forward,
    'shim.pl': shim,
  };
  for (const [name, text] of Object.entries(scripts)) writeFileAtomic(join(directory, name), text, 0o644);
  return directory;
}

/** Why containers cannot be supervised on this node, or undefined when they can. */
export function perlProblem(): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('perl', ['-e', 'exit 0'], (error) => {
      resolve(
        error === null ? undefined : `perl, which supervises containers, cannot be run: ${error.message}`,
      );
    });
  });
}
