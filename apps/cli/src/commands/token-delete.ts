import { secrets } from '@hawser/api';
import { Command } from 'commander';
import { parseTokenId } from '../bootstrap-token/bootstrap-token.ts';
import { TOKEN_NAMESPACE, tokenSecretName } from '../bootstrap-token/token-secret.ts';
import type { CommandContext } from '../command-context.ts';
import { connectCluster } from './connect-cluster.ts';
import { kubeconfigOption } from './kubeconfig-option.ts';

/** `hawser token delete TOKEN…`: takes tokens back. */
export function tokenDeleteCommand({ environment, print, signal }: CommandContext): Command {
  return new Command('delete')
    .description('delete bootstrap tokens from the cluster')
    .argument('<tokens...>', 'tokens, or their ids (what stands before the dot)')
    .addOption(kubeconfigOption(environment))
    .action(async (tokens: string[], flags: { kubeconfig: string }) => {
      const ids = tokens.map(parseTokenId);
      await using client = connectCluster(flags.kubeconfig);
      for (const id of ids) {
        await client
          .delete(secrets, tokenSecretName(id), { namespace: TOKEN_NAMESPACE, signal })
          .catch((cause: Error) => {
            const why = `failed to delete bootstrap token ${JSON.stringify(id)}: ${cause.message}`;
            throw new Error(why, { cause });
          });
        print(`bootstrap token ${JSON.stringify(id)} deleted\n`);
      }
    });
}
