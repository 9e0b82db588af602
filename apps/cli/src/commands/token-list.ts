import { secrets } from '@hawser/api';
import { Command } from 'commander';
import { printTokens } from '../bootstrap-token/print-tokens.ts';
import { TOKEN_NAMESPACE, TOKEN_SECRET_TYPE } from '../bootstrap-token/token-secret.ts';
import type { CommandContext } from '../command-context.ts';
import { connectCluster } from './connect-cluster.ts';
import { kubeconfigOption } from './kubeconfig-option.ts';

/** `hawser token list`: the tokens on the cluster, secrets included, as kubeadm lists them. */
export function tokenListCommand({ environment, clock, print, printError, signal }: CommandContext): Command {
  return new Command('list')
    .description('list the bootstrap tokens on the cluster')
    .addOption(kubeconfigOption(environment))
    .action(async (flags: { kubeconfig: string }) => {
      await using client = connectCluster(flags.kubeconfig);
      const { items } = await client.list(secrets, {
        namespace: TOKEN_NAMESPACE,
        fieldSelector: `type=${TOKEN_SECRET_TYPE}`,
        signal,
      });
      print(printTokens(items, clock.now(), (line) => printError(`${line}\n`)));
    });
}
