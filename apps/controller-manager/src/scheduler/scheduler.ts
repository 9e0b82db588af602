import {
  type Binding,
  bindings,
  type Node,
  nodes,
  type Pod,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  storageClasses,
} from '@hawser/api';
import { type EventRecorder, Informer, isNotFound, type KubeClient, keyOf } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import type { Controller } from '../framework/controller.ts';
import { ignoreNotFound } from '../framework/expected-errors.ts';
import type { LoopMetrics } from '../framework/loop-metrics.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { timestamp } from '../node-lifecycle/node-condition.ts';
import { hasEnded } from '../pod-gc/collectable-pods.ts';
import { awaitsScheduling, nodeMakesDifference, podMakesDifference } from './eligibility.ts';
import { type NodeInfo, nodeInfoOf } from './node-info.ts';
import { type Selection, selectNode } from './select-node.ts';
import { volumeRejections } from './volume-filter.ts';
import { type VolumeNeeds, volumeNeeds } from './volume-needs.ts';
import { WaitingRoom } from './waiting-room.ts';

/** On a claim that waits for its first pod: where that pod will run. */
const SELECTED_NODE = 'volume.kubernetes.io/selected-node';

export interface SchedulerOptions {
  /** Acts as system:kube-scheduler. */
  readonly client: KubeClient;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: LoopMetrics;
}

/**
 * Gives pods their nodes. A component of its own upstream, and so with an identity and caches of its own here. Pods are
 * placed one after another, each decision seeing what the last one placed.
 */
export class Scheduler implements Controller {
  readonly name = 'scheduler';
  readonly #nodes: Informer<typeof nodes>;
  readonly #pods: Informer<typeof pods>;
  readonly #claims: Informer<typeof persistentVolumeClaims>;
  readonly #volumes: Informer<typeof persistentVolumes>;
  readonly #classes: Informer<typeof storageClasses>;
  /** Bound, but not yet so in the cache; by key, with their node. */
  readonly #assumed = new Map<string, Pod>();
  readonly #reconciler: Reconciler;
  readonly #waiting: WaitingRoom;

  constructor(private readonly options: SchedulerOptions) {
    const { client, clock, logger } = options;
    this.#nodes = new Informer(client, nodes, { clock, logger });
    this.#pods = new Informer(client, pods, { clock, logger });
    this.#claims = new Informer(client, persistentVolumeClaims, { clock, logger });
    this.#volumes = new Informer(client, persistentVolumes, { clock, logger });
    this.#classes = new Informer(client, storageClasses, { clock, logger });
    this.#pods.addIndex('node', (pod) => (pod.spec.nodeName && !hasEnded(pod) ? [pod.spec.nodeName] : []));
    const sync = (key: string, signal: AbortSignal) => this.#schedule(key, signal);
    this.#reconciler = new Reconciler(options, { name: this.name, sync, concurrency: 1 });
    for (const cache of this.#caches) this.#reconciler.need(cache);
    this.#waiting = new WaitingRoom(this.#reconciler.queue, clock);
  }

  get #caches() {
    return [this.#nodes, this.#pods, this.#claims, this.#volumes, this.#classes] as const;
  }

  get hasSynced(): boolean {
    return this.#caches.every(({ hasSynced }) => hasSynced);
  }

  async run(signal: AbortSignal): Promise<void> {
    using _pods = this.#followPods();
    using _nodes = this.#followNodes();
    using _volumes = this.#followVolumes();
    const caches = this.#caches.map((cache) => cache.run(signal));
    await Promise.all([...caches, this.#waiting.run(signal), this.#reconciler.run(signal)]);
  }

  #followPods(): Disposable {
    const { queue } = this.#reconciler;
    return this.#pods.subscribe({
      added: (pod) => {
        if (awaitsScheduling(pod)) queue.add(keyOf(pod));
      },
      updated: (before, after) => {
        if (after.spec.nodeName) this.#assumed.delete(keyOf(after));
        if (hasEnded(after) && !hasEnded(before)) this.#waiting.retryAll();
        if (awaitsScheduling(after) && podMakesDifference(before, after)) queue.add(keyOf(after));
      },
      deleted: (pod) => {
        this.#assumed.delete(keyOf(pod));
        this.#waiting.leave(keyOf(pod));
        // It made room for those that wait.
        this.#waiting.retryAll();
      },
    });
  }

  #followNodes(): Disposable {
    const retry = () => this.#waiting.retryAll();
    const updated = (before: Node, after: Node) => {
      if (nodeMakesDifference(before, after)) retry();
    };
    return this.#nodes.subscribe({ added: retry, updated, deleted: retry });
  }

  #followVolumes(): Disposable {
    const retry = () => this.#waiting.retryAll();
    const handler = { added: retry, updated: retry, deleted: retry };
    const followed = new DisposableStack();
    for (const cache of [this.#claims, this.#volumes, this.#classes]) followed.use(cache.subscribe(handler));
    return followed;
  }

  async #schedule(key: string, signal: AbortSignal): Promise<void> {
    const pod = this.#pods.get(key);
    if (!pod || !awaitsScheduling(pod) || this.#assumed.has(key)) {
      this.#waiting.leave(key);
      return;
    }
    const needs = volumeNeeds(pod, {
      claims: this.#claims,
      volumes: this.#volumes,
      classes: this.#classes,
    });
    const selection = this.#select(pod, needs);
    if ('nodeName' in selection && 'delayed' in needs && needs.delayed.length > 0) {
      // The claims' change brings the pod here again, bound for where their volumes are.
      this.#waiting.enter(key);
      await this.#chooseNodeOf(needs, selection.nodeName, signal);
      return;
    }
    if ('nodeName' in selection) {
      await this.#bind(pod, selection.nodeName, signal);
      this.#waiting.leave(key);
      return;
    }
    this.#waiting.enter(key);
    this.options.recorder.event(pod, 'Warning', 'FailedScheduling', selection.unschedulable);
    await this.#markUnschedulable(pod, selection.unschedulable, signal);
  }

  #select(pod: Pod, needs: ReturnType<typeof volumeNeeds>): Selection {
    const infos = this.#snapshot();
    if ('unschedulable' in needs)
      return { unschedulable: `0/${infos.length} nodes are available: ${needs.unschedulable}.` };
    const volumes = needs.delayed.length > 0 ? this.#volumes.list() : [];
    const select = (among: readonly NodeInfo[]) =>
      selectNode(pod, among, Math.random, (node) => volumeRejections(needs, node, volumes));
    // A node that was chosen for its claims before stays, unless it no longer will do.
    const chosen = needs.delayed.map(({ claim }) => claim.metadata.annotations?.[SELECTED_NODE]);
    const before = select(infos.filter(({ node }) => chosen.includes(node.metadata.name)));
    return 'nodeName' in before ? before : select(infos);
  }

  /** Tells the binder, or the provisioner, where the pod will run. */
  async #chooseNodeOf({ delayed }: VolumeNeeds, nodeName: string, signal: AbortSignal): Promise<void> {
    for (const { claim } of delayed) {
      if (claim.metadata.annotations?.[SELECTED_NODE] === nodeName) continue;
      const annotations = { ...claim.metadata.annotations, [SELECTED_NODE]: nodeName };
      const changed = { ...claim, metadata: { ...claim.metadata, annotations } };
      await this.options.client.update(persistentVolumeClaims, changed, { signal });
    }
  }

  #snapshot(): NodeInfo[] {
    const assumed = Map.groupBy(this.#assumed.values(), ({ spec }) => spec.nodeName ?? '');
    return this.#nodes.list().map((node) => {
      const { name } = node.metadata;
      return nodeInfoOf(node, [...this.#pods.index('node', name), ...(assumed.get(name) ?? [])]);
    });
  }

  async #bind(pod: Pod, nodeName: string, signal: AbortSignal): Promise<void> {
    const { client, recorder, logger } = this.options;
    const { name, namespace, uid } = pod.metadata;
    const binding: Binding = {
      apiVersion: bindings.apiVersion,
      kind: bindings.kind,
      metadata: { name, namespace, uid },
      target: { apiVersion: 'v1', kind: 'Node', name: nodeName },
    };
    this.#assumed.set(keyOf(pod), { ...pod, spec: { ...pod.spec, nodeName } });
    try {
      await client.create(pods, binding, { namespace, subresource: { name: 'binding', of: name }, signal });
    } catch (error) {
      this.#assumed.delete(keyOf(pod));
      if (isNotFound(error)) return;
      recorder.event(pod, 'Warning', 'FailedScheduling', `binding rejected: ${(error as Error).message}`);
      throw error;
    }
    recorder.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${keyOf(pod)} to ${nodeName}`);
    logger.info({ pod: keyOf(pod), node: nodeName }, 'pod scheduled');
  }

  async #markUnschedulable(pod: Pod, message: string, signal: AbortSignal): Promise<void> {
    const { client, clock } = this.options;
    const conditions = pod.status?.conditions ?? [];
    const old = conditions.find(({ type }) => type === 'PodScheduled');
    if (old?.status === 'False' && old.message === message) return;
    const lastTransitionTime = old?.status === 'False' ? old.lastTransitionTime : timestamp(clock.now());
    const said = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastTransitionTime,
    };
    const others = conditions.filter(({ type }) => type !== 'PodScheduled');
    const { name, namespace, uid } = pod.metadata;
    const patch = { metadata: { uid }, status: { conditions: [...others, said] } };
    const where = { namespace, subresource: 'status', type: 'merge', signal } as const;
    await client.patch(pods, name, patch, where).catch(ignoreNotFound);
  }
}
