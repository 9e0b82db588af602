import { Command } from 'commander';
import { formatToken, generateToken } from '../bootstrap-token/bootstrap-token.ts';
import type { CommandContext } from '../command-context.ts';

/** `hawser token generate`: a token for scripts that create it later; nothing is stored. */
export function tokenGenerateCommand({ print }: CommandContext): Command {
  return new Command('generate')
    .description('print a random token, without creating it on the cluster')
    .action(() => print(`${formatToken(generateToken())}\n`));
}
