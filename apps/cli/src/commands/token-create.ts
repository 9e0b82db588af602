import { secrets } from '@hawser/api';
import { isAlreadyExists } from '@hawser/client';
import { Command, Option } from 'commander';
import { formatToken, generateToken, parseToken } from '../bootstrap-token/bootstrap-token.ts';
import { joinCommandLine, readClusterInfo } from '../bootstrap-token/join-command-line.ts';
import { createTokenSecret, TOKEN_USAGES } from '../bootstrap-token/token-secret.ts';
import type { CommandContext } from '../command-context.ts';
import { connectCluster } from './connect-cluster.ts';
import { kubeconfigOption } from './kubeconfig-option.ts';
import { collectList, parseTime } from './option-values.ts';

interface TokenCreateFlags {
  kubeconfig: string;
  ttl: number;
  usages?: readonly string[];
  groups: readonly string[];
  description?: string;
  printJoinCommand?: true;
}

const DEFAULT_TTL_MS = 24 * 3_600_000;

/** A node believes the cluster by the signature of its token, and is believed by the token. */
function requireAllUsages(usages: readonly string[] = TOKEN_USAGES): void {
  const missing = TOKEN_USAGES.filter((usage) => !usages.includes(usage));
  if (missing.length > 0)
    throw new Error(`--print-join-command: nodes cannot join with a token without ${missing.join(', ')}`);
}

/** `hawser token create [TOKEN]`: creates a token on the cluster and prints it. */
export function tokenCreateCommand(context: CommandContext): Command {
  const { environment, clock, print, printError, signal } = context;
  return new Command('create')
    .description('create a bootstrap token on the cluster and print it')
    .argument('[token]', 'the token, of the form [a-z0-9]{6}.[a-z0-9]{16}; default a random one')
    .addOption(kubeconfigOption(environment))
    .addOption(
      new Option('--ttl <duration>', 'how long it is good for; 0 means for ever')
        .argParser(parseTime)
        .default(DEFAULT_TTL_MS, '24h'),
    )
    .option('--usages <list>', `what it is good for (default ${TOKEN_USAGES.join(',')})`, collectList)
    .option('--groups <list>', 'groups besides system:bootstrappers', collectList, [])
    .option('--description <text>', 'what it is for')
    .option('--print-join-command', 'print the whole line that is typed on the node that is to join')
    .action(async (text: string | undefined, flags: TokenCreateFlags) => {
      const token = text === undefined ? generateToken() : parseToken(text);
      const secret = createTokenSecret(token, {
        usages: flags.usages ?? TOKEN_USAGES,
        groups: flags.groups,
        description: flags.description,
        expiration: flags.ttl === 0 ? undefined : new Date(clock.now().getTime() + flags.ttl),
      });
      if (flags.printJoinCommand) requireAllUsages(flags.usages);
      await using client = connectCluster(flags.kubeconfig);
      // What cannot be printed is not made.
      const line = flags.printJoinCommand
        ? joinCommandLine(
            await readClusterInfo({ client, kubeconfig: flags.kubeconfig, clock, warn: printError }, signal),
            token,
          )
        : formatToken(token);
      await client.create(secrets, secret, { signal }).catch((error: unknown) => {
        if (isAlreadyExists(error))
          throw new Error(`a token with id ${JSON.stringify(token.id)} already exists`);
        throw error;
      });
      print(`${line}\n`);
    });
}
