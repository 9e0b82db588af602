import { silentLogger } from '@hawser/observability';
import { systemClock } from '@hawser/runtime';
import { ReloadingFiles } from '@hawser/tls-files';
import {
  type CredentialSource,
  type CredentialSurroundings,
  credentialsOf,
  type TrustOptions,
} from './credentials.ts';
import { loadKubeconfig, resolveContext } from './kubeconfig.ts';

/**
 * The credentials of a kubeconfig's current context, which stay what the file says: others write it anew when the
 * certificate in it is renewed, or the CA. The server's address is the client's own affair and does not follow.
 * @throws KubeconfigError, and what `credentialsOf` throws, for a file that is of no use to begin with; later, what
 *   was read last goes on.
 */
export function kubeconfigCredentials(
  path: string,
  options: TrustOptions & CredentialSurroundings = {},
): CredentialSource {
  const load = () => credentialsOf(resolveContext(loadKubeconfig(path)), options);
  // Its faults come as they are, without the path before them.
  let first: CredentialSource | undefined = load();
  const { clock = systemClock, logger = silentLogger, reloads } = options;
  const parse = () => {
    const credentials = first ?? load();
    first = undefined;
    return credentials;
  };
  const metrics = reloads && { metrics: reloads };
  const file = new ReloadingFiles({ name: 'kubeconfig', paths: [path], parse, clock, logger, ...metrics });
  return {
    tls: () => file.current.tls(),
    token: (signal) => file.current.token?.(signal),
    reload: () => {
      file.look();
      file.current.reload?.();
    },
  };
}
