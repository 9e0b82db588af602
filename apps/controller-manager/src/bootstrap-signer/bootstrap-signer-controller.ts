import { configMaps, secrets } from '@hawser/api';
import { BOOTSTRAP_TOKEN_NAMESPACE, BOOTSTRAP_TOKEN_SECRET_TYPE, signingToken } from '@hawser/authn';
import { CLUSTER_INFO_NAME, CLUSTER_INFO_NAMESPACE } from '@hawser/client';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { tokenExpiryMs } from '../token-cleaner/token-cleaner-controller.ts';
import { signClusterInfo } from './sign-cluster-info.ts';

const KEY = `${CLUSTER_INFO_NAMESPACE}/${CLUSTER_INFO_NAME}`;

/**
 * Keeps `kube-public/cluster-info` signed with each bootstrap token that is for signing, so that whoever knows a
 * token can tell the cluster from an impostor (`pkg/controller/bootstrap/bootstrapsigner.go`).
 */
export function createBootstrapSigner(context: ControllerContext): Controller {
  const { client, informers, clock } = context;
  const tokens = informers.get(secrets, {
    namespace: BOOTSTRAP_TOKEN_NAMESPACE,
    fieldSelector: `type=${BOOTSTRAP_TOKEN_SECRET_TYPE}`,
  });
  const published = informers.get(configMaps, {
    namespace: CLUSTER_INFO_NAMESPACE,
    fieldSelector: `metadata.name=${CLUSTER_INFO_NAME}`,
  });
  const sync = async (key: string, signal: AbortSignal) => {
    const now = clock.now();
    const signing = tokens.list().flatMap((secret) => {
      const token = signingToken(secret, now);
      if (token === undefined) return [];
      // Its cleaner may not run; the signature ends with the token all the same.
      const expiryMs = tokenExpiryMs(secret);
      if (expiryMs !== undefined) reconciler.queue.addAfter(key, expiryMs - now.getTime());
      return [token];
    });
    const current = published.get(key);
    const signed = current && signClusterInfo(current, signing);
    if (signed) await client.update(configMaps, signed, { signal });
  };
  const name = 'bootstrap-signer-controller';
  const reconciler: Reconciler = new Reconciler(context, { name, sync, concurrency: 1 })
    .follow(tokens, () => [KEY])
    .follow(published, () => [KEY]);
  return reconciler;
}
