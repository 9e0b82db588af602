import type { CredentialSource } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import { ReloadingFiles, type ReloadMetrics, readCaBundle } from '@hawser/tls-files';
import { accountControllers } from './account-controllers.ts';
import { certificateControllers } from './certificate-controllers.ts';
import type { EventLedger } from './certificate-events/event-ledger.ts';
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
import { tokenControllers } from './service-account/token-controllers.ts';
import { volumeControllers } from './volume-controllers.ts';
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
  const rootCa = rootCaOf(options, surroundings);
  return [
    ...certificateControllers(options, surroundings),
    ...accountControllers(options, rootCa),
    ...tokenControllers(options, surroundings, rootCa),
    ...nodeControllers(options),
    ...contentControllers(options),
    ...endpointControllers(options),
    ...policyControllers(options),
    ...volumeControllers,
    ...workloadControllers,
  ];
}

/** The bundle of --root-ca-file, as the file says it. */
function rootCaOf(
  { rootCaFile: path }: ControllerManagerOptions,
  { clock, logger, reloads: metrics }: ControllerSurroundings,
): ReloadingFiles<string> | undefined {
  if (path === undefined) return undefined;
  return new ReloadingFiles({ name: 'root-ca', paths: [path], parse: readCaBundle, clock, logger, metrics });
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
