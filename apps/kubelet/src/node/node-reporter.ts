import { isDeepStrictEqual } from 'node:util';
import { type Node, type NodeStatus, nodes, type Taint } from '@hawser/api';
import { type Informer, isAlreadyExists, isNotFound, type KubeClient } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { Backoff, type Clock, sleep } from '@hawser/runtime';
import type { ContainerRuntime } from '../container-runtime/container-runtime.ts';
import { logFailure } from '../log-failure.ts';
import { Alarm } from '../pods/alarm.ts';
import { nodeConditions, routeVerdict } from './node-conditions.ts';
import { allocatableOf, capacityOf, readNodeResources } from './node-resources.ts';
import { architecture, readNodeSystemInfo } from './node-system-info.ts';
import { runtimeProblems } from './runtime-problems.ts';
import { readSshHostKeys, SSH_HOST_KEY } from './ssh-host-keys.ts';

export interface NodeReporterOptions {
  readonly client: KubeClient;
  /** Of this one Node. */
  readonly informer: Informer<typeof nodes>;
  readonly runtime: ContainerRuntime;
  /** Why pods get no network of their own; absent where they share the node's. */
  readonly network?: { problem(): string | undefined } | undefined;
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly kubeletPort: number;
  readonly maxPods: number;
  readonly labels: Record<string, string>;
  readonly taints: Taint[];
  /** Files with the public host keys of the node's sshd; none are published where there are none. */
  readonly sshHostKeyFiles: readonly string[];
  readonly rootDirectory: string;
  /** How often the state is looked at. It is sent when it changed, and otherwise every `reportFrequencyMs`. */
  readonly updateFrequencyMs: number;
  readonly reportFrequencyMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Registers the Node and keeps its status true (upstream's `tryUpdateNodeStatus`). */
export class NodeReporter {
  readonly #options: NodeReporterOptions;
  readonly #alarm: Alarm;
  readonly #registered = Promise.withResolvers<void>();
  #reportedAtMs = 0;
  /** Why host keys could not be read last. */
  #hostKeyFault: string | undefined;

  constructor(options: NodeReporterOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock);
  }

  /** Something has changed that is not to wait for the next look. */
  wake(): void {
    this.#alarm.ring();
  }

  /** Resolves once the Node exists with its addresses. Never rejects. */
  get registered(): Promise<void> {
    return this.#registered.promise;
  }

  /** Registers, then reports until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { informer, clock, logger, updateFrequencyMs } = this.#options;
    const backoff = new Backoff({ initialMs: 100, maxMs: 7_000 });
    let registered = false;
    for (let tries = 1; !signal.aborted; tries += 1) {
      try {
        if (!registered || (informer.hasSynced && informer.get(this.#options.nodeName) === undefined))
          await this.#register(signal);
        else await this.#report(signal);
        registered = true;
        this.#registered.resolve();
        backoff.reset();
        tries = 0;
        await this.#alarm.wait(updateFrequencyMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        logFailure(logger, error, tries, 'node status not reported, trying until it is');
        await sleep(backoff.next(), signal, clock).catch(() => {});
      }
    }
  }

  async #register(signal: AbortSignal): Promise<void> {
    const { client, nodeName, taints, logger } = this.#options;
    const metadata = { name: nodeName, labels: this.#labels(), annotations: this.#annotations() };
    const spec = taints.length > 0 ? { taints } : {};
    const status = await this.#status([]);
    try {
      const created = await client.create(nodes, { metadata, spec, status }, { signal });
      // A server may take the status of a new object for the server's own affair.
      if (created.status?.addresses === undefined) await this.#patchStatus(status, signal);
      logger.info({}, 'node registered');
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      await this.#takeOver(signal);
    }
    this.#reportedAtMs = this.#options.clock.now().getTime();
  }

  /** The Node is there from before: bring its labels and its status up to date. */
  async #takeOver(signal: AbortSignal): Promise<void> {
    const { client, nodeName, logger } = this.#options;
    const node = await client.get(nodes, nodeName, { signal });
    const metadata = { labels: this.#labels(), annotations: this.#annotations() };
    if (
      differs(metadata.labels, node.metadata.labels) ||
      differs(metadata.annotations, node.metadata.annotations)
    )
      await client.patch(nodes, nodeName, { metadata }, { type: 'merge', signal });
    await this.#patchStatus(await this.#status(node.status?.conditions ?? []), signal);
    logger.info({}, 'node was registered before, status reported');
  }

  async #report(signal: AbortSignal): Promise<void> {
    const { informer, nodeName, clock, reportFrequencyMs } = this.#options;
    const node = informer.get(nodeName);
    if (node === undefined) return;
    await this.#reportAnnotations(node, signal);
    const status = await this.#status(node.status?.conditions ?? []);
    const dueAtMs = this.#reportedAtMs + reportFrequencyMs;
    if (clock.now().getTime() < dueAtMs && isSame(node, status)) return;
    await this.#patchStatus(status, signal);
  }

  /** Host keys are published again when they change. */
  async #reportAnnotations(node: Node, signal: AbortSignal): Promise<void> {
    const { client, nodeName } = this.#options;
    const annotations = this.#annotations();
    if (!differs(annotations, node.metadata.annotations)) return;
    await client.patch(nodes, nodeName, { metadata: { annotations } }, { type: 'merge', signal });
  }

  async #patchStatus(status: NodeStatus, signal: AbortSignal): Promise<void> {
    const { client, nodeName, clock } = this.#options;
    try {
      await client.patch(nodes, nodeName, { status }, { type: 'merge', subresource: 'status', signal });
      this.#reportedAtMs = clock.now().getTime();
    } catch (error) {
      // Deleted under us: the informer will say so, and the next round registers it.
      if (!isNotFound(error)) throw error;
    }
  }

  #labels(): Record<string, string> {
    const { nodeName, labels } = this.#options;
    return {
      'beta.kubernetes.io/arch': architecture,
      'beta.kubernetes.io/os': 'linux',
      'kubernetes.io/arch': architecture,
      'kubernetes.io/hostname': nodeName,
      'kubernetes.io/os': 'linux',
      ...labels,
    };
  }

  /** What cannot be read is not said: what was said before stands. */
  #annotations(): Record<string, string> {
    const { sshHostKeyFiles, logger } = this.#options;
    try {
      const keys = readSshHostKeys(sshHostKeyFiles);
      this.#hostKeyFault = undefined;
      return keys === undefined ? {} : { [SSH_HOST_KEY]: keys };
    } catch (error) {
      // Once, and not with every report.
      if (this.#hostKeyFault !== `${error}`) logger.warn({ error }, 'ssh host keys are not published');
      this.#hostKeyFault = `${error}`;
      return {};
    }
  }

  async #status(previous: NonNullable<NodeStatus['conditions']>): Promise<NodeStatus> {
    const { runtime, nodeName, nodeIp, kubeletPort, maxPods, rootDirectory, clock } = this.#options;
    const resources = readNodeResources(rootDirectory);
    const { conditions } = await runtime.status();
    const problems = runtimeProblems(conditions);
    const network = this.#options.network;
    return {
      capacity: capacityOf(resources, maxPods),
      allocatable: allocatableOf(resources, maxPods),
      conditions: nodeConditions(
        resources,
        problems,
        previous,
        clock.now(),
        network && routeVerdict(network.problem()),
      ),
      addresses: [
        { type: 'InternalIP', address: nodeIp },
        { type: 'Hostname', address: nodeName },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
      nodeInfo: readNodeSystemInfo(runtime),
      declaredFeatures: DECLARED_FEATURES,
    };
  }
}

/** That the kubelet takes exec, attach and port-forward by WebSocket; a hub would translate them to SPDY otherwise. */
const DECLARED_FEATURES = ['ExtendWebSocketsToKubelet'];

/** Whether something that is to be said is not. */
function differs(
  wanted: Readonly<Record<string, string>>,
  current: Readonly<Record<string, string>> = {},
): boolean {
  return Object.entries(wanted).some(([key, value]) => current[key] !== value);
}

/** Whether a report would say nothing new but the time. */
function isSame(node: Node, status: NodeStatus): boolean {
  const current = node.status ?? {};
  return (
    isDeepStrictEqual(withoutTimes(current.conditions), withoutTimes(status.conditions)) &&
    isDeepStrictEqual(current.addresses, status.addresses) &&
    isDeepStrictEqual(current.capacity, status.capacity) &&
    isDeepStrictEqual(current.daemonEndpoints, status.daemonEndpoints) &&
    isDeepStrictEqual(current.declaredFeatures, status.declaredFeatures) &&
    current.nodeInfo?.kubeletVersion === status.nodeInfo?.kubeletVersion &&
    current.nodeInfo?.bootID === status.nodeInfo?.bootID
  );
}

function withoutTimes(conditions: NodeStatus['conditions'] = []): object {
  const facts = conditions.map(({ type, status, reason, message }) => [type, { status, reason, message }]);
  return Object.fromEntries(facts);
}
