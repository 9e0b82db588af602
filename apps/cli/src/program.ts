import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { auditTailCommand } from './commands/audit-tail.ts';
import { caCommand } from './commands/ca.ts';
import { certsCheckExpirationCommand } from './commands/certs-check-expiration.ts';
import { certsRenewCommand } from './commands/certs-renew.ts';
import { encryptionCommand } from './commands/encryption.ts';
import { eventsTailCommand } from './commands/events-tail.ts';
import { initCommand } from './commands/init.ts';
import { joinCommand } from './commands/join.ts';
import { tokenCreateCommand } from './commands/token-create.ts';
import { tokenDeleteCommand } from './commands/token-delete.ts';
import { tokenGenerateCommand } from './commands/token-generate.ts';
import { tokenListCommand } from './commands/token-list.ts';

/** The whole command tree of `hawser`. */
export function createProgram(context: CommandContext): Command {
  return new Command('hawser')
    .description('Sets up and looks after a Hawser cluster.')
    .addCommand(initCommand(context))
    .addCommand(joinCommand(context))
    .addCommand(
      new Command('token')
        .description('bootstrap tokens, with which nodes join')
        .addCommand(tokenCreateCommand(context))
        .addCommand(tokenListCommand(context))
        .addCommand(tokenDeleteCommand(context))
        .addCommand(tokenGenerateCommand(context)),
    )
    .addCommand(caCommand(context))
    .addCommand(encryptionCommand(context))
    .addCommand(new Command('audit').description('the audit trail').addCommand(auditTailCommand(context)))
    .addCommand(
      new Command('certs')
        .description('certificates that init made')
        .addCommand(certsCheckExpirationCommand(context))
        .addCommand(certsRenewCommand(context)),
    )
    .addCommand(
      new Command('events').description('what happens in services').addCommand(eventsTailCommand(context)),
    );
}
