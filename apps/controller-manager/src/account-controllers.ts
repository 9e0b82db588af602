import type { ReloadingFiles } from '@hawser/tls-files';
import { createBootstrapSigner } from './bootstrap-signer/bootstrap-signer-controller.ts';
import { createClusterInfoPublisher } from './cluster-info/cluster-info-publisher.ts';
import { createClusterRoleAggregationController } from './cluster-role-aggregation/cluster-role-aggregation-controller.ts';
import type { ControllerEntry } from './controllers.ts';
import type { ControllerContext } from './framework/controller.ts';
import type { ControllerManagerOptions } from './options.ts';
import { createRootCaPublisher } from './root-ca/root-ca-publisher.ts';
import { createServiceAccountController } from './service-account/service-account-controller.ts';
import { createTokenCleanerController } from './token-cleaner/token-cleaner-controller.ts';

/** The loops that keep what identities rest on: tokens, accounts, roles, the CAs that are published. */
export function accountControllers(
  options: ControllerManagerOptions,
  rootCa: ReloadingFiles<string> | undefined,
): ControllerEntry[] {
  const publish = () => {
    if (rootCa === undefined) return undefined;
    return (context: ControllerContext) => createRootCaPublisher(context, rootCa);
  };
  return [
    {
      name: 'bootstrap-signer-controller',
      account: 'bootstrap-signer',
      component: 'bootstrap-signer',
      create: createBootstrapSigner,
    },
    {
      name: 'cluster-info-publisher-controller',
      // Upstream's installer makes the ConfigMap once; no role of upstream's lets a loop do it.
      account: 'cluster-info-publisher',
      component: 'cluster-info-publisher',
      create: publishClusterInfo(options, rootCa),
    },
    {
      name: 'token-cleaner-controller',
      account: 'token-cleaner',
      component: 'token-cleaner',
      create: createTokenCleanerController,
    },
    {
      name: 'serviceaccount-controller',
      account: 'service-account-controller',
      component: 'serviceaccount-controller',
      create: createServiceAccountController,
    },
    {
      name: 'clusterrole-aggregation-controller',
      account: 'clusterrole-aggregation-controller',
      component: 'clusterrole-aggregation-controller',
      create: createClusterRoleAggregationController,
    },
    {
      name: 'root-ca-certificate-publisher-controller',
      account: 'root-ca-cert-publisher',
      component: 'root-ca-cert-publisher',
      create: publish(),
    },
  ];
}

/** What strangers may know: only where both the address and the CA are given. */
function publishClusterInfo(
  { clusterInfoServer: server }: ControllerManagerOptions,
  rootCa: ReloadingFiles<string> | undefined,
) {
  if (server === undefined || rootCa === undefined) return undefined;
  const information = () => ({ server, certificateAuthority: rootCa.current });
  return (context: ControllerContext) => createClusterInfoPublisher(context, information);
}
