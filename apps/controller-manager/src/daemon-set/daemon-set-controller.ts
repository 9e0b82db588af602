import { isDeepStrictEqual } from 'node:util';
import { type DaemonSet, daemonSets, type Node, nodes, type Pod, pods } from '@hawser/api';
import { type Informer, isNamespaceTerminating, isNotFound } from '@hawser/client';
import { Backoff } from '@hawser/runtime';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { type History, REVISION_LABEL, RevisionHistory } from '../history/revision-history.ts';
import { claimObjects } from '../ownership/claim-objects.ts';
import { Expectations } from '../ownership/expectations.ts';
import { ownerWatch } from '../pods/owner-watch.ts';
import { PodControl } from '../pods/pod-control.ts';
import { PodIndex } from '../pods/pod-index.ts';
import { untilAvailable } from '../pods/pod-state.ts';
import { slowStart } from '../pods/slow-start.ts';
import { readSelector } from '../replica-set/replica-flavor.ts';
import { daemonPod } from './daemon-pod.ts';
import { daemonSetStatus } from './daemon-set-status.ts';
import { type DaemonPlan, type DaemonView, daemonView, planPods, planUpdate } from './plan-nodes.ts';

/** So many pods are made or deleted at once (`BurstReplicas`). */
const BURST = 250;
/** Pods that fail on a node are replaced ever more slowly. */
const FAILED_BACKOFF = { initialMs: 1_000, maxMs: 15 * 60_000 };

/** Keeps one pod on each node that fits (pkg/controller/daemon). */
export function createDaemonSetController(context: ControllerContext): Controller {
  return new DaemonSetController(context).reconciler;
}

class DaemonSetController {
  readonly reconciler: Reconciler;
  readonly #sets: Informer<typeof daemonSets>;
  readonly #nodes: Informer<typeof nodes>;
  readonly #pods: PodIndex;
  readonly #history: RevisionHistory;
  readonly #control: PodControl;
  readonly #expectations: Expectations;
  /** By DaemonSet and node: how long a failed pod waits to be replaced, and until when one does. */
  readonly #failed = new Map<string, { backoff: Backoff; untilMs: number }>();

  constructor(private readonly context: ControllerContext) {
    const { informers, clock } = context;
    this.#sets = informers.get(daemonSets);
    this.#nodes = informers.get(nodes);
    this.#pods = new PodIndex(informers);
    this.#history = new RevisionHistory(context, daemonSets);
    this.#control = new PodControl(context);
    this.#expectations = new Expectations(clock);
    const sync = (key: string, signal: AbortSignal) => this.#sync(key, signal);
    this.reconciler = new Reconciler(context, { name: 'daemonset-controller', sync });
    const { queue } = this.reconciler;
    const watch = ownerWatch<DaemonSet>({
      kind: daemonSets,
      get: (key) => this.#sets.get(key),
      list: (namespace) => this.#sets.list(namespace),
      selectorOf: ({ spec }) => readSelector(spec.selector),
      enqueue: (key) => queue.add(key),
      expectations: this.#expectations,
    });
    const all = () => {
      for (const { metadata } of this.#sets.list()) queue.add(`${metadata.namespace}/${metadata.name}`);
    };
    const updated = (before: Node, after: Node) => {
      if (placement(before) !== placement(after)) all();
    };
    this.reconciler
      .follow(this.#sets)
      .need(this.#history.informer)
      .watch(this.#pods.informer, watch)
      .watch(this.#nodes, { added: all, updated, deleted: all });
  }

  async #sync(key: string, signal: AbortSignal): Promise<void> {
    const set = this.#sets.get(key);
    if (set === undefined) return this.#forget(key);
    const selector = readSelector(set.spec.selector);
    if (selector === undefined || set.metadata.deletionTimestamp !== undefined) return;
    const { client } = this.context;
    const history = await this.#history.sync(set, selector, signal);
    const hash = history.current.metadata.labels?.[REVISION_LABEL] ?? '';
    const trusted = this.#expectations.satisfied(key);
    const options = { client, ownerKind: daemonSets, kind: pods, selector, signal };
    const claimed = await claimObjects(set, this.#pods.candidates(set), options);
    const view = daemonView(set, this.#nodes.list(), claimed, hash, this.context.clock.now());
    const error = trusted ? await this.#manage(key, view, signal) : undefined;
    const isLive = ({ metadata }: History['current']) =>
      claimed.some((pod) => pod.metadata.labels?.[REVISION_LABEL] === metadata.labels?.[REVISION_LABEL]);
    await this.#history.cleanUp(set, history, isLive, signal);
    await this.#report(key, view, signal);
    if (error !== undefined) throw error;
  }

  #forget(key: string): void {
    this.#expectations.forget(key);
    for (const place of this.#failed.keys()) if (place.startsWith(`${key} `)) this.#failed.delete(place);
  }

  /** First every node gets its pod; then, when that is so, old pods give way to new ones. */
  async #manage(key: string, view: DaemonView, signal: AbortSignal): Promise<unknown> {
    const plan = planPods(view);
    const due = { create: plan.create, remove: plan.remove.filter((pod) => this.#mayReplace(key, pod)) };
    const error = await this.#carryOut(key, view, due, signal);
    if (error !== undefined || due.create.length + due.remove.length > 0) return error;
    if (view.set.spec.updateStrategy?.type === 'OnDelete') return undefined;
    return this.#carryOut(key, view, planUpdate(view), signal);
  }

  /** A pod that failed waits longer each time, so that one that fails at once does not keep the cluster busy. */
  #mayReplace(key: string, pod: Pod): boolean {
    if (pod.status?.phase !== 'Failed') return true;
    const nowMs = this.context.clock.now().getTime();
    const place = `${key} ${pod.spec.nodeName}`;
    const known = this.#failed.get(place);
    const isFresh = known !== undefined && nowMs - known.untilMs < FAILED_BACKOFF.maxMs;
    const entry = isFresh ? known : { backoff: new Backoff(FAILED_BACKOFF), untilMs: 0 };
    this.#failed.set(place, entry);
    if (nowMs < entry.untilMs) {
      this.reconciler.queue.addAfter(key, entry.untilMs - nowMs);
      return false;
    }
    entry.untilMs = nowMs + entry.backoff.next();
    const { recorder } = this.context;
    const set = this.#sets.get(key);
    if (set !== undefined)
      recorder.event(
        set,
        'Warning',
        'FailedDaemonPod',
        `Found failed daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${pod.spec.nodeName}, will try to kill it`,
      );
    return true;
  }

  async #carryOut(key: string, view: DaemonView, plan: DaemonPlan, signal: AbortSignal): Promise<unknown> {
    const create = plan.create.slice(0, BURST);
    const remove = plan.remove.slice(0, BURST);
    if (create.length + remove.length === 0) return undefined;
    const { set, hash } = view;
    const deletions = remove.map(({ metadata }) => metadata.uid ?? '');
    this.#expectations.expect(key, { creations: create.length, deletions });
    const { skipped, error } = await slowStart(create.length, async (i) => {
      try {
        await this.#control.create(daemonPod(set, create[i]!, hash), set, signal);
      } catch (failure) {
        this.#expectations.creationObserved(key);
        if (!isNamespaceTerminating(failure)) throw failure;
      }
    });
    for (let i = 0; i < skipped; i += 1) this.#expectations.creationObserved(key);
    const results = await Promise.allSettled(remove.map((pod) => this.#delete(key, set, pod, signal)));
    return error ?? results.find((result) => result.status === 'rejected')?.reason;
  }

  async #delete(key: string, set: DaemonSet, pod: Pod, signal: AbortSignal): Promise<void> {
    try {
      await this.#control.delete(pod, set, signal);
    } catch (error) {
      this.#expectations.deletionObserved(key, pod.metadata.uid ?? '');
      if (!isNotFound(error)) throw error;
    }
  }

  async #report(key: string, view: DaemonView, signal: AbortSignal): Promise<void> {
    const { set, now } = view;
    const status = daemonSetStatus(view);
    if (!isDeepStrictEqual(status, set.status))
      await this.context.client.update(daemonSets, { ...set, status }, { subresource: 'status', signal });
    const minReadySeconds = set.spec.minReadySeconds ?? 0;
    const waits = [...view.podsByNode.values()].flatMap((all) =>
      all.flatMap((pod) => untilAvailable(pod, minReadySeconds, now) ?? []),
    );
    if (waits.length > 0) this.reconciler.queue.addAfter(key, Math.min(...waits) + 100);
  }
}

/** What of a node says which daemons it shall have. */
function placement({ metadata, spec }: Node): string {
  return JSON.stringify([metadata.labels, spec?.taints, spec?.unschedulable]);
}
