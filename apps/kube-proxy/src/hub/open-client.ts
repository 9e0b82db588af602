import { existsSync } from 'node:fs';
import { KubeClient } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { type Clock, sleep } from '@hawser/runtime';

const USER_AGENT = 'hawser-kube-proxy/0.1.0';
const RETRY_MS = 1_000;

/**
 * A client for the hub that a kubeconfig names; waits for one that is missing or does not do yet, as on a node that
 * has not joined. The certificate it names may be renewed: it is read anew.
 * @throws the signal's reason when that aborts first.
 */
export async function openClient(
  kubeconfig: string,
  { logger, clock }: { readonly logger: Logger; readonly clock: Clock },
  signal: AbortSignal,
): Promise<KubeClient> {
  let complained = false;
  for (;;) {
    try {
      return KubeClient.fromKubeconfig(kubeconfig, { userAgent: USER_AGENT, logger, clock });
    } catch (error) {
      const why = error instanceof Error ? error.message : `${error}`;
      if (!complained)
        logger.info({ kubeconfig, why, missing: !existsSync(kubeconfig) }, 'waiting for the kubeconfig');
      complained = true;
    }
    await sleep(RETRY_MS, signal, clock);
  }
}
