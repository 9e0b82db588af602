import { type Binding, bindings, type Node, nodes, type Pod, pods } from '@hawser/api';
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
import { selectNode } from './select-node.ts';
import { WaitingRoom } from './waiting-room.ts';

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
  /** Bound, but not yet so in the cache; by key, with their node. */
  readonly #assumed = new Map<string, Pod>();
  readonly #reconciler: Reconciler;
  readonly #waiting: WaitingRoom;

  constructor(private readonly options: SchedulerOptions) {
    const { client, clock, logger } = options;
    this.#nodes = new Informer(client, nodes, { clock, logger });
    this.#pods = new Informer(client, pods, { clock, logger });
    this.#pods.addIndex('node', (pod) => (pod.spec.nodeName && !hasEnded(pod) ? [pod.spec.nodeName] : []));
    const sync = (key: string, signal: AbortSignal) => this.#schedule(key, signal);
    this.#reconciler = new Reconciler(options, { name: this.name, sync, concurrency: 1 });
    this.#reconciler.need(this.#nodes).need(this.#pods);
    this.#waiting = new WaitingRoom(this.#reconciler.queue, clock);
  }

  get hasSynced(): boolean {
    return this.#nodes.hasSynced && this.#pods.hasSynced;
  }

  async run(signal: AbortSignal): Promise<void> {
    using _pods = this.#followPods();
    using _nodes = this.#followNodes();
    const caches = [this.#nodes.run(signal), this.#pods.run(signal)];
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

  async #schedule(key: string, signal: AbortSignal): Promise<void> {
    const pod = this.#pods.get(key);
    if (!pod || !awaitsScheduling(pod) || this.#assumed.has(key)) {
      this.#waiting.leave(key);
      return;
    }
    const selection = selectNode(pod, this.#snapshot());
    if ('nodeName' in selection) {
      await this.#bind(pod, selection.nodeName, signal);
      this.#waiting.leave(key);
      return;
    }
    this.#waiting.enter(key);
    this.options.recorder.event(pod, 'Warning', 'FailedScheduling', selection.unschedulable);
    await this.#markUnschedulable(pod, selection.unschedulable, signal);
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
