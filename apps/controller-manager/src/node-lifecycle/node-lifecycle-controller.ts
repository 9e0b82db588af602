import { leases, type Node, nodes, type Pod, pods, type Taint } from '@hawser/api';
import { aborted } from '@hawser/runtime';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound, logRetry } from '../framework/expected-errors.ts';
import { periodic } from '../framework/periodic.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { evictionRates, zoneOf } from './disruption.ts';
import { readyStatus, timestamp } from './node-condition.ts';
import {
  type GracePeriods,
  type Heartbeat,
  isSilent,
  Listening,
  observeHeartbeat,
  silentConditions,
} from './node-health.ts';
import { reconcileTaints, wantedNoExecute, wantedNoSchedule } from './node-taints.ts';

const LEASE_NAMESPACE = 'kube-node-lease';

export interface NodeLifecycleOptions {
  readonly grace: GracePeriods;
  /** --node-monitor-period. */
  readonly monitorPeriodMs: number;
  /** --node-eviction-rate: nodes a second. */
  readonly evictionRate: number;
}

/**
 * Watches over nodes: one that gives no sign of life becomes Unknown, its pods not ready; taints follow conditions,
 * NoSchedule at once and NoExecute at a limited rate (`pkg/controller/nodelifecycle`).
 */
export function createNodeLifecycleController(
  context: ControllerContext,
  options: NodeLifecycleOptions,
): Controller {
  const { informers, clock, logger } = context;
  const name = 'node-lifecycle-controller';
  const nodeCache = informers.get(nodes);
  const leaseCache = informers.get(leases, { namespace: LEASE_NAMESPACE });
  const podCache = informers.get(pods);
  podCache.addIndex('node', (pod) => (pod.spec.nodeName ? [pod.spec.nodeName] : []));
  const heartbeats = new Map<string, Heartbeat>();
  const listening = new Listening(options.grace.monitorMs);
  const evictions = new EvictionLimiter();

  const syncTaints = async (key: string, signal: AbortSignal) => {
    const node = nodeCache.get(key);
    if (!node) return void heartbeats.delete(key);
    const taints = immediateTaints(node, clock.now());
    if (taints) await writeTaints(context, node, taints, signal);
  };
  const monitor = async (signal: AbortSignal) => {
    const rates = evictionRates(nodeCache.list(), options.evictionRate);
    const nowMs = clock.now().getTime();
    const heardSinceMs = Math.max(nodeCache.listeningSinceMs ?? nowMs, leaseCache.listeningSinceMs ?? nowMs);
    const sinceMs = listening.begin(nowMs, heardSinceMs);
    for (const node of nodeCache.list())
      await attend(node, sinceMs, rates.get(zoneOf(node)) ?? 0, signal).catch(report(node));
    listening.end(clock.now().getTime());
  };
  const report = (node: Node) => (error: unknown) =>
    logRetry(logger, error, { controller: name, node: node.metadata.name }, 'node could not be attended to');
  const attend = async (node: Node, listeningSinceMs: number, rate: number, signal: AbortSignal) => {
    const { name } = node.metadata;
    const nowMs = clock.now().getTime();
    const heartbeat = observeHeartbeat(
      heartbeats.get(name),
      node,
      leaseCache.get(`${LEASE_NAMESPACE}/${name}`),
      nowMs,
    );
    heartbeats.set(name, heartbeat);
    const silent = isSilent(node, heartbeat, options.grace, nowMs, listeningSinceMs);
    if (silent) await markUnknown(context, node, signal);
    // A node that is heard again speaks for its pods itself, even before it says that it is ready.
    if (silent || readyStatus(node) === 'False')
      for (const pod of podCache.index('node', name)) await markPodNotReady(context, pod, signal);
    await limitNoExecute(node, rate, signal);
  };
  const limitNoExecute = async (node: Node, rate: number, signal: AbortSignal) => {
    const wanted = rate === 0 ? [] : wantedNoExecute(node);
    const taints = reconcileTaints(node, 'NoExecute', wanted, clock.now());
    if (!taints) return;
    const isNew = taints.length > (node.spec?.taints?.length ?? 0);
    if (isNew && !evictions.take(zoneOf(node), rate, clock.now().getTime())) return;
    await writeTaints(context, node, taints, signal);
  };

  const tainting = new Reconciler(context, { name, sync: syncTaints }).follow(nodeCache);
  const monitoring = periodic({ name, intervalMs: options.monitorPeriodMs, clock, logger, round: monitor });
  const caches = [nodeCache, leaseCache, podCache];
  return {
    name,
    run: async (signal) => {
      const synced = Promise.all(caches.map((cache) => cache.synced));
      const monitored = Promise.race([synced, aborted(signal)]).then(() => monitoring.run(signal));
      await Promise.all([tainting.run(signal), monitored]);
    },
  };
}

/** NoSchedule taints follow the conditions at once, and so does the end of NoExecute when a node is back. */
function immediateTaints(node: Node, now: Date): Taint[] | undefined {
  const noSchedule = reconcileTaints(node, 'NoSchedule', wantedNoSchedule(node), now);
  if (readyStatus(node) !== 'True') return noSchedule;
  const changed = noSchedule ? { ...node, spec: { ...node.spec, taints: noSchedule } } : node;
  return reconcileTaints(changed, 'NoExecute', [], now) ?? noSchedule;
}

/** One token a zone, refilled at the zone's rate, as upstream's burst of one. */
class EvictionLimiter {
  readonly #lastMs = new Map<string, number>();

  take(zone: string, ratePerSecond: number, nowMs: number): boolean {
    const lastMs = this.#lastMs.get(zone) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - lastMs < 1000 / ratePerSecond) return false;
    this.#lastMs.set(zone, nowMs);
    return true;
  }
}

async function writeTaints(
  context: ControllerContext,
  node: Node,
  taints: Taint[],
  signal: AbortSignal,
): Promise<void> {
  const { name, resourceVersion } = node.metadata;
  // None at all rather than an empty list, as Go clients leave it.
  const patch = { metadata: { resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } };
  await context.client.patch(nodes, name, patch, { type: 'merge', signal });
  context.logger.info(
    { node: name, taints: taints.map(({ key, effect }) => `${key}:${effect}`) },
    'taints changed',
  );
}

async function markUnknown(context: ControllerContext, node: Node, signal: AbortSignal): Promise<void> {
  const conditions = silentConditions(node, context.clock.now());
  if (!conditions) return;
  const { name } = node.metadata;
  const silent = { ...node, status: { ...node.status, conditions } };
  await context.client.update(nodes, silent, { subresource: 'status', signal });
  context.recorder.event(node, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
  context.logger.warn({ node: name }, 'node is silent, its conditions are unknown');
}

/** Takes a pod out of service whose node cannot say that it is still ready. */
async function markPodNotReady(context: ControllerContext, pod: Pod, signal: AbortSignal): Promise<void> {
  const conditions = pod.status?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'True') return;
  const lastTransitionTime = timestamp(context.clock.now());
  const notReady = conditions.map((condition) =>
    condition === ready ? { ...ready, status: 'False', lastTransitionTime } : condition,
  );
  const { name, namespace, resourceVersion } = pod.metadata;
  const patch = { metadata: { resourceVersion }, status: { conditions: notReady } };
  const where = { namespace, subresource: 'status', type: 'merge', signal } as const;
  await context.client.patch(pods, name, patch, where).catch(ignoreNotFound);
  context.recorder.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
}
