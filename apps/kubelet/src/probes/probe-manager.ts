import type { Container, Pod, Probe } from '@hawser/api';
import { type EventRecorder, subjectOf } from '@hawser/client';
import type { Clock } from '@hawser/runtime';
import type { ContainerRuntime, ContainerStatus as Run } from '../container-runtime/container-runtime.ts';
import type { ContainerHealth } from '../pods/pod-actions.ts';
import { containersOf, initContainersOf, isSidecar } from '../pods/pod-spec-queries.ts';
import { type PodView, podIpOf, runsOf } from '../pods/pod-view.ts';
import { type ProbeType, ProbeWorker } from './probe-worker.ts';
import { runProbe } from './run-probe.ts';

export interface ProbeManagerOptions {
  readonly runtime: ContainerRuntime;
  readonly recorder: Pick<EventRecorder, 'event'>;
  readonly nodeIp: string;
  readonly clock: Clock;
  /** A result of one of the pod's probes has changed. */
  readonly onChange: (podUid: string) => void;
}

/** A running container, and where it is. */
interface Probed {
  readonly pod: Pod;
  readonly container: Container;
  readonly run: Run;
  readonly podIp: string;
}

type Workers = Partial<Record<ProbeType, ProbeWorker>>;

const FIELDS = { startup: 'startupProbe', liveness: 'livenessProbe', readiness: 'readinessProbe' } as const;
const TYPES = Object.keys(FIELDS) as ProbeType[];

/** Runs the probes of all running containers, and knows what they have found. */
export class ProbeManager implements ContainerHealth, Disposable {
  readonly #options: ProbeManagerOptions;
  readonly #workers = new Map<string, { podUid: string; workers: Workers }>();
  readonly #failures = new Map<string, 'liveness' | 'startup'>();
  readonly #bornAt: Date;

  constructor(options: ProbeManagerOptions) {
    this.#options = options;
    this.#bornAt = options.clock.now();
  }

  /** Starts the probes of containers that run now, and stops those of containers that do not. */
  sync(pod: Pod, view: PodView): void {
    const uid = pod.metadata.uid!;
    const running = new Set<string>();
    for (const container of [...initContainersOf(pod).filter(isSidecar), ...containersOf(pod)]) {
      const run = runsOf(view, container.name)[0];
      if (run?.state !== 'running') continue;
      running.add(run.id);
      if (!this.#workers.has(run.id)) this.#start(pod, container, run, podIpOf(view, this.#options.nodeIp));
    }
    this.#stopAllBut(uid, running);
  }

  /** Stops a pod's probes and forgets their results. */
  remove(podUid: string): void {
    this.#stopAllBut(podUid, new Set());
  }

  /** Stops all probes: those of containers that outlive this kubelet, too. */
  [Symbol.dispose](): void {
    for (const { workers } of this.#workers.values())
      for (const worker of Object.values(workers)) worker.stop();
    this.#workers.clear();
  }

  isStarted({ id, state }: Run): boolean {
    if (state !== 'running') return false;
    const startup = this.#workers.get(id)?.workers.startup;
    return startup === undefined ? this.#workers.has(id) : startup.result;
  }

  isReady(run: Run, container: Container): boolean {
    if (!this.isStarted(run)) return false;
    if (container.readinessProbe === undefined) return true;
    return this.#workers.get(run.id)?.workers.readiness?.result ?? false;
  }

  failure(containerId: string): 'liveness' | 'startup' | undefined {
    return this.#failures.get(containerId);
  }

  /** A failure is done with once the container has been replaced. */
  forgetFailure(containerId: string): void {
    this.#failures.delete(containerId);
  }

  #start(pod: Pod, container: Container, run: Run, podIp: string): void {
    const workers: Workers = {};
    this.#workers.set(run.id, { podUid: pod.metadata.uid!, workers });
    for (const type of TYPES) {
      const probe = container[FIELDS[type]];
      if (probe === undefined) continue;
      const worker = this.#worker({ pod, container, run, podIp }, type, probe);
      workers[type] = worker;
      void worker.run();
    }
  }

  #worker({ pod, container, run, podIp }: Probed, type: ProbeType, probe: Probe): ProbeWorker {
    const { runtime, recorder, clock, onChange } = this.#options;
    const subject = subjectOf(pod, `spec.containers{${container.name}}`);
    const title = `${type[0]!.toUpperCase()}${type.slice(1)}`;
    return new ProbeWorker({
      type,
      probe,
      startedAt: run.startedAt ?? clock.now(),
      initialResult: this.#initialResult(pod, container, run, type),
      isStarted: () => type === 'startup' || this.isStarted(run),
      run: (timeoutMs) => runProbe(probe, { runtime, containerId: run.id, container, podIp }, timeoutMs),
      onFailure: ({ output }) =>
        recorder.event(
          subject,
          'Warning',
          'Unhealthy',
          `${title} probe failed: ${output.trimEnd().slice(0, 1024)}`,
        ),
      onResult: (success) => {
        if (!success && type !== 'readiness') this.#failures.set(run.id, type);
        onChange(pod.metadata.uid!);
      },
      clock,
    });
  }

  /** A container older than this kubelet keeps what the API server was told of it until it is probed again. */
  #initialResult(pod: Pod, { name }: Container, { startedAt }: Run, type: ProbeType): boolean {
    if (type === 'liveness') return true;
    if (startedAt === undefined || startedAt >= this.#bornAt) return false;
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    const before = statuses.find((status) => status.name === name);
    return (type === 'startup' ? before?.started : before?.ready) === true;
  }

  #stopAllBut(podUid: string, running: ReadonlySet<string>): void {
    for (const [id, entry] of this.#workers) {
      if (entry.podUid !== podUid || running.has(id)) continue;
      for (const worker of Object.values(entry.workers)) worker.stop();
      this.#workers.delete(id);
    }
  }
}
