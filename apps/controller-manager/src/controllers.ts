import { type CredentialSource, HubAddresses } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import { ReloadingFiles, type ReloadMetrics, readCaBundle } from '@hawser/tls-files';
import { createBootstrapSigner } from './bootstrap-signer/bootstrap-signer-controller.ts';
import { createCertificateEventController } from './certificate-events/certificate-event-controller.ts';
import type { EventLedger } from './certificate-events/event-ledger.ts';
import { OwnDecisions } from './certificate-events/own-decisions.ts';
import { createApprovingController } from './certificates/approving-controller.ts';
import { createCleanerController } from './certificates/cleaner-controller.ts';
import { createServingApprovingController } from './certificates/serving-approving-controller.ts';
import { signingAuthorities } from './certificates/signing-authorities.ts';
import { createSigningController } from './certificates/signing-controller.ts';
import { createClusterInfoPublisher } from './cluster-info/cluster-info-publisher.ts';
import { createClusterRoleAggregationController } from './cluster-role-aggregation/cluster-role-aggregation-controller.ts';
import { createDisruptionController } from './disruption/disruption-controller.ts';
import { createEndpointSliceController } from './endpoints/endpoint-slice-controller.ts';
import { createEndpointSliceMirroringController } from './endpoints/endpoint-slice-mirroring-controller.ts';
import { createEndpointsController } from './endpoints/endpoints-controller.ts';
import type { Controller, ControllerContext } from './framework/controller.ts';
import { GarbageCollector } from './garbage-collector/garbage-collector.ts';
import { createNamespaceController } from './namespace/namespace-controller.ts';
import { createNodeIpamController } from './node-ipam/node-ipam-controller.ts';
import { createNodeLifecycleController } from './node-lifecycle/node-lifecycle-controller.ts';
import { createTaintEvictionController } from './node-lifecycle/taint-eviction-controller.ts';
import type { ControllerManagerOptions } from './options.ts';
import { createPodGcController } from './pod-gc/pod-gc-controller.ts';
import { createResourceQuotaController } from './resource-quota/resource-quota-controller.ts';
import { createRootCaPublisher } from './root-ca/root-ca-publisher.ts';
import { createServiceAccountController } from './service-account/service-account-controller.ts';
import { tokenControllers } from './service-account/token-controllers.ts';
import { createTokenCleanerController } from './token-cleaner/token-cleaner-controller.ts';
import { createAttributesClassProtectionController } from './volumes/attributes-class-protection-controller.ts';
import { createVolumeBinder } from './volumes/binder-controller.ts';
import { createClaimProtectionController } from './volumes/claim-protection-controller.ts';
import { createVolumeProtectionController } from './volumes/volume-protection-controller.ts';
import { workloadControllers } from './workload-controllers.ts';

/** How a loop is made, and as whom it acts. */
export interface ControllerEntry {
  readonly name: string;
  /** Its service account in kube-system; the server's default roles know upstream's names. Undefined: the kubeconfig's. */
  readonly account: string | undefined;
  /** Who reports its events. */
  readonly component: string;
  /** Undefined when the flags do not give it what it needs. */
  readonly create: ((context: ControllerContext) => Controller) | undefined;
}

export interface ControllerSurroundings {
  readonly server: string;
  readonly credentials: CredentialSource;
  readonly reloads: ReloadMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where events are recorded; absent when none are published. */
  readonly ledger: EventLedger | undefined;
}

/** Every loop there is. */
export function controllerTable(
  options: ControllerManagerOptions,
  surroundings: ControllerSurroundings,
): ControllerEntry[] {
  return [
    ...certificateControllers(options, surroundings),
    ...accountControllers(options, surroundings),
    ...tokenControllers(options, surroundings, rootCaOf(options, surroundings)),
    ...nodeControllers(options),
    ...contentControllers(options),
    ...endpointControllers(options),
    ...policyControllers(options),
    ...volumeControllers,
    ...workloadControllers,
  ];
}

function certificateControllers(
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

function accountControllers(
  options: ControllerManagerOptions,
  surroundings: ControllerSurroundings,
): ControllerEntry[] {
  const rootCa = rootCaOf(options, surroundings);
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
/** The bundle of --root-ca-file, as the file says it. */
function rootCaOf(
  { rootCaFile: path }: ControllerManagerOptions,
  { clock, logger, reloads: metrics }: ControllerSurroundings,
): ReloadingFiles<string> | undefined {
  if (path === undefined) return undefined;
  return new ReloadingFiles({ name: 'root-ca', paths: [path], parse: readCaBundle, clock, logger, metrics });
}

function publishClusterInfo(
  { clusterInfoServer: server }: ControllerManagerOptions,
  rootCa: ReloadingFiles<string> | undefined,
) {
  if (server === undefined || rootCa === undefined) return undefined;
  const information = () => ({ server, certificateAuthority: rootCa.current });
  return (context: ControllerContext) => createClusterInfoPublisher(context, information);
}

function nodeControllers(options: ControllerManagerOptions): ControllerEntry[] {
  const account = 'node-controller';
  const component = 'node-controller';
  const lifecycle = {
    grace: { monitorMs: options.nodeMonitorGracePeriod, startupMs: options.nodeStartupGracePeriod },
    monitorPeriodMs: options.nodeMonitorPeriod,
    evictionRate: Number(options.nodeEvictionRate),
  };
  const range = { clusterCidr: options.clusterCidr, maskSize: options.nodeCidrMaskSize };
  return [
    {
      name: 'node-lifecycle-controller',
      account,
      component,
      create: (context) => createNodeLifecycleController(context, lifecycle),
    },
    {
      name: 'taint-eviction-controller',
      account,
      component: 'taint-eviction-controller',
      create: createTaintEvictionController,
    },
    {
      name: 'node-ipam-controller',
      account,
      component: 'cidrAllocator',
      create: options.allocateNodeCidrs ? (context) => createNodeIpamController(context, range) : undefined,
    },
  ];
}

function contentControllers(options: ControllerManagerOptions): ControllerEntry[] {
  return [
    {
      name: 'namespace-controller',
      account: 'namespace-controller',
      component: 'namespace-controller',
      create: createNamespaceController,
    },
    {
      name: 'garbage-collector-controller',
      account: 'generic-garbage-collector',
      component: 'garbage-collector-controller',
      create: (context) => new GarbageCollector(context),
    },
    {
      name: 'pod-garbage-collector-controller',
      account: 'pod-garbage-collector',
      component: 'pod-garbage-collector',
      create: (context) => createPodGcController(context, options.terminatedPodGcThreshold),
    },
  ];
}

function endpointControllers(options: ControllerManagerOptions): ControllerEntry[] {
  const slices = {
    maxEndpointsPerSlice: options.maxEndpointsPerSlice,
    concurrency: options.concurrentServiceEndpointSyncs,
  };
  const mirrored = {
    maxEndpointsPerSubset: options.mirroringMaxEndpointsPerSubset,
    concurrency: options.mirroringConcurrentServiceEndpointSyncs,
  };
  return [
    {
      name: 'endpoints-controller',
      account: 'endpoint-controller',
      component: 'endpoint-controller',
      create: (context) => createEndpointsController(context, options.concurrentEndpointSyncs),
    },
    {
      name: 'endpointslice-controller',
      account: 'endpointslice-controller',
      component: 'endpoint-slice-controller',
      create: (context) => createEndpointSliceController(context, slices),
    },
    {
      name: 'endpointslice-mirroring-controller',
      account: 'endpointslicemirroring-controller',
      component: 'endpoint-slice-mirroring-controller',
      create: (context) => createEndpointSliceMirroringController(context, mirrored),
    },
  ];
}

function policyControllers(options: ControllerManagerOptions): ControllerEntry[] {
  return [
    {
      name: 'resourcequota-controller',
      account: 'resourcequota-controller',
      component: 'resourcequota-controller',
      create: (context) => createResourceQuotaController(context, options.resourceQuotaSyncPeriod),
    },
    {
      name: 'disruption-controller',
      account: 'disruption-controller',
      component: 'controllermanager',
      create: createDisruptionController,
    },
  ];
}

const volumeControllers: readonly ControllerEntry[] = [
  {
    name: 'persistentvolume-binder-controller',
    account: 'persistent-volume-binder',
    component: 'persistentvolume-controller',
    create: createVolumeBinder,
  },
  {
    name: 'persistentvolumeclaim-protection-controller',
    account: 'pvc-protection-controller',
    component: 'pvc-protection-controller',
    create: createClaimProtectionController,
  },
  {
    name: 'persistentvolume-protection-controller',
    account: 'pv-protection-controller',
    component: 'pv-protection-controller',
    create: createVolumeProtectionController,
  },
  {
    name: 'volumeattributesclass-protection-controller',
    account: 'volumeattributesclass-protection-controller',
    component: 'volumeattributesclass-protection-controller',
    create: createAttributesClassProtectionController,
  },
];
