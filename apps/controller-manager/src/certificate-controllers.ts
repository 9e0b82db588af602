import { HubAddresses } from '@hawser/client';
import { createCertificateEventController } from './certificate-events/certificate-event-controller.ts';
import { OwnDecisions } from './certificate-events/own-decisions.ts';
import { createApprovingController } from './certificates/approving-controller.ts';
import { createCleanerController } from './certificates/cleaner-controller.ts';
import { createServingApprovingController } from './certificates/serving-approving-controller.ts';
import { signingAuthorities } from './certificates/signing-authorities.ts';
import { createSigningController } from './certificates/signing-controller.ts';
import type { ControllerEntry, ControllerSurroundings } from './controllers.ts';
import type { ControllerContext } from './framework/controller.ts';
import type { ControllerManagerOptions } from './options.ts';

/** The loops that decide on requests for certificates, sign them, clean up after them and tell of them. */
export function certificateControllers(
  options: ControllerManagerOptions,
  surroundings: ControllerSurroundings,
): ControllerEntry[] {
  const account = 'certificate-controller';
  const decisions = new OwnDecisions();
  const decide = decisions.by(userOf(account, options));
  const servingApprover = 'kubelet-serving-approver';
  const { ledger } = surroundings;
  const signing = () => {
    if (options.signers.size === 0) return undefined;
    const authorities = signingAuthorities(options.signers, {
      ...surroundings,
      metrics: surroundings.reloads,
    });
    const maxDurationMs = options.clusterSigningDuration;
    return (context: ControllerContext) =>
      createSigningController(context, { authorities, maxDurationMs, decide });
  };
  const serving = () => {
    if (options.approveKubeletServing === 'off') return undefined;
    const hub = new HubAddresses(surroundings);
    const decideServing = decisions.by(userOf(servingApprover, options));
    const facts = {
      hubAddresses: async (signal: AbortSignal) => [...(await hub.current(signal)), ...namedHub(options)],
      serviceCidr: options.serviceClusterIpRange,
      podCidr: options.clusterCidr,
      clusterDomain: options.clusterDomain,
      allowLoopback: options.allowLoopbackNodes,
      decide: decideServing,
    };
    return (context: ControllerContext) => createServingApprovingController(context, facts);
  };
  return [
    {
      name: 'certificatesigningrequest-approving-controller',
      account,
      component: 'certificate-controller',
      create: (context) => createApprovingController(context, decide),
    },
    {
      name: 'kubelet-serving-certificate-approving-controller',
      // An account of its own: upstream's role for the others may not approve for this signer, and need not.
      account: servingApprover,
      component: servingApprover,
      create: serving(),
    },
    {
      name: 'certificatesigningrequest-signing-controller',
      account,
      component: 'certificate-controller',
      create: signing(),
    },
    {
      name: 'certificatesigningrequest-cleaner-controller',
      account,
      component: 'certificate-controller',
      create: createCleanerController,
    },
    {
      name: 'certificatesigningrequest-event-controller',
      account,
      component: account,
      create: ledger && ((context) => createCertificateEventController(context, { ledger, decisions })),
    },
  ];
}

/** The host at which nodes are told to reach the hub. */
function namedHub({ clusterInfoServer }: ControllerManagerOptions): string[] {
  if (clusterInfoServer === undefined || !URL.canParse(clusterInfoServer)) return [];
  return [new URL(clusterInfoServer).hostname.replace(/^\[|\]$/g, '')];
}

/** As whom the hub knows a loop; without accounts of their own all are the kubeconfig's user, by upstream's name. */
function userOf(account: string, { useServiceAccountCredentials }: ControllerManagerOptions): string {
  return useServiceAccountCredentials
    ? `system:serviceaccount:kube-system:${account}`
    : 'system:kube-controller-manager';
}
