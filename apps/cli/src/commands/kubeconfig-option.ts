import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { type Environment, homeLayout } from '@hawser/config';
import { Option } from 'commander';

/**
 * The option that names the credentials: by default the administrator's of the state directory. Where there is none, as
 * on a machine that only asks, it is the first file of `$KUBECONFIG` that is there, as kubectl has it.
 */
export function kubeconfigOption({ home, kubeconfig = '' }: Environment): Option {
  const own = homeLayout(home).adminKubeconfig;
  const others = kubeconfig.split(delimiter).filter(Boolean);
  const path = [own, ...others].find((file) => existsSync(file)) ?? own;
  return new Option('--kubeconfig <file>', 'who to be, and which cluster to speak to').default(
    path,
    path === own ? `"${own}" if it is there, else of $KUBECONFIG` : `"${path}" of $KUBECONFIG`,
  );
}
