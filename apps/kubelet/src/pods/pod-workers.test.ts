import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pod } from '@hawser/api';
import { eventually, TestServer } from '@hawser/client/testing';
import { silentLogger } from '@hawser/observability';
import { systemClock as clock } from '@hawser/runtime';
import { ProcessRuntime } from '../container-runtime/process/process-runtime.ts';
import { ContainerStarter } from '../containers/container-starter.ts';
import { ProbeManager } from '../probes/probe-manager.ts';
import { FixedConfigObjects } from '../testing/config-objects.ts';
import { PodApi } from '../testing/pod-api.ts';
import { makeContainer, makePod } from '../testing/pods.ts';
import { VolumeManager } from '../volumes/volume-manager.ts';
import { PodWorkers } from './pod-workers.ts';
import { StatusManager } from './status-manager.ts';

/** A kubelet's pods on the real process runtime, before an API server that only knows pods. */
class Node implements AsyncDisposable {
  readonly events: string[] = [];
  readonly #stop = new AbortController();

  private constructor(
    readonly api: PodApi,
    readonly runtime: ProcessRuntime,
    readonly workers: PodWorkers,
    readonly root: string,
  ) {}

  static async start(root: string, api: PodApi, server: TestServer): Promise<Node> {
    const runtime = await ProcessRuntime.open({ rootDirectory: join(root, 'runtime'), logger: silentLogger });
    const stop = new AbortController();
    const events: string[] = [];
    const recorder = { event: (_about: unknown, _type: string, reason: string) => void events.push(reason) };
    const objects = new FixedConfigObjects();
    const facts = () => ({ nodeIp: '127.0.0.1', allocatable: {} });
    const podsDirectory = join(root, 'pods');
    const tokens = { token: async () => 'token', forget: () => {} };
    const volumes = new VolumeManager({
      podsDirectory,
      memoryDirectory: podsDirectory,
      objects,
      tokens,
      claims: { pathOf: () => Promise.reject(new Error('no claims here')), forget: () => {} },
      facts,
    });
    const services = new Map<string, string>();
    const environment = async () => ({ objects, facts: facts(), services, hub: undefined });
    const logger = silentLogger;
    const nodeIp = '127.0.0.1';
    const starter = new ContainerStarter({
      runtime,
      recorder,
      logger,
      podsDirectory,
      environment,
    });
    const probes = new ProbeManager({
      runtime,
      recorder,
      nodeIp,
      clock,
      onChange: (uid) => workers.wake(uid),
    });
    const statuses = new StatusManager(server.client(), clock, logger, stop.signal);
    const logsDirectory = join(root, 'logs');
    const shared = {
      runtime,
      starter,
      volumes,
      probes,
      statuses,
      recorder,
      nodeIp,
      logsDirectory,
      clock,
      logger,
    };
    const workers = new PodWorkers({ ...shared, admit: () => undefined }, stop.signal, () => {});
    runtime.onContainerEvent(({ podUid }) => workers.wake(podUid));
    const node = new Node(api, runtime, workers, root);
    Object.assign(node, { events });
    node.#stop.signal.addEventListener('abort', () => stop.abort());
    api.onChange = (type, pod) =>
      type === 'DELETED' ? workers.forgotten(pod.metadata.uid!) : workers.update(pod);
    for (const pod of api.pods.values()) workers.update(pod);
    return node;
  }

  add(pod: Pod): void {
    this.workers.update(this.api.add(pod));
  }

  phase(name = 'web'): string | undefined {
    return this.api.pods.get(name)?.status?.phase;
  }

  main(name = 'web') {
    return this.api.pods.get(name)?.status?.containerStatuses?.[0];
  }

  /** The kubelet stops; containers run on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.workers.ended();
    await this.runtime[Symbol.asyncDispose]();
  }
}

let root: string;
let server: TestServer;
let api: PodApi;
let node: Node;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'node-'));
  api = new PodApi();
  server = await TestServer.start((request, response) => api.handle(request, response));
  node = await Node.start(root, api, server);
});
afterEach(async () => {
  for (const { id } of await node.runtime.listPodSandbox()) await node.runtime.removePodSandbox(id);
  await node[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

const shell = (script: string, rest = {}) =>
  makeContainer('main', { command: ['sh', '-c', script], ...rest });

function otherPod(): Pod {
  const pod = makePod({ restartPolicy: 'Never', containers: [shell('exit 0')] });
  Object.assign(pod.metadata, { name: 'other', uid: 'uid-2' });
  return pod;
}

function deleteGracefully(graceSeconds: number): void {
  api.change('web', ({ metadata }) => {
    metadata.deletionTimestamp = new Date().toISOString();
    metadata.deletionGracePeriodSeconds = graceSeconds;
  });
}

describe('a pod on a node', () => {
  test('runs to its end, and leaves its result', async () => {
    node.add(makePod({ restartPolicy: 'Never', containers: [shell('exit 3')] }));
    await eventually(() => node.phase() === 'Failed');
    expect(node.main()?.state?.terminated).toMatchObject({ exitCode: 3, reason: 'Error' });
  });

  test('starts its containers after its init containers', async () => {
    const file = join(root, 'order');
    const init = { ...shell(`echo init >> ${file}`), name: 'first' };
    node.add(
      makePod({
        restartPolicy: 'Never',
        initContainers: [init],
        containers: [shell(`echo main >> ${file}`)],
      }),
    );
    await eventually(() => node.phase() === 'Succeeded');
    expect(await Bun.file(file).text()).toBe('init\nmain\n');
  });

  test('is restarted at once, then held back', async () => {
    node.add(makePod({ containers: [shell('exit 1')] }));
    await eventually(() => node.main()?.state?.waiting?.reason === 'CrashLoopBackOff');
    expect(node.main()).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 1 } } });
    expect(node.main()?.state?.waiting?.message).toStartWith('back-off 10s restarting failed container=main');
  });

  test('whose names are paths is left alone, or its container is', async () => {
    const hostile = otherPod();
    hostile.metadata.uid = '../../../x';
    node.workers.update(hostile);
    expect(node.workers.pods).toEqual([]);
    node.add(makePod({ containers: [{ ...shell('exit 0'), name: '../main' }] }));
    await eventually(() => node.main()?.state?.waiting?.reason === 'CreateContainerConfigError');
    expect(node.main()?.state?.waiting?.message).toContain('invalid container name');
  });

  test('without a command says why it cannot run', async () => {
    node.add(makePod());
    await eventually(() => node.main()?.state?.waiting?.reason === 'CreateContainerError');
    expect(node.main()?.state?.waiting?.message).toContain('must name its command');
    expect(node.events).toContain('Failed');
  });

  test('is ready when its readiness probe says so', async () => {
    const file = join(root, 'ready');
    const readinessProbe = { exec: { command: ['test', '-e', file] }, periodSeconds: 1 };
    node.add(makePod({ containers: [shell('sleep 60', { readinessProbe })] }));
    await eventually(() => node.phase() === 'Running');
    expect(node.main()?.ready).toBe(false);
    await Bun.write(file, '');
    await eventually(() => node.main()?.ready === true);
  });

  test('is restarted when its liveness probe fails', async () => {
    const livenessProbe = { exec: { command: ['false'] }, failureThreshold: 1, periodSeconds: 1 };
    node.add(
      makePod({ terminationGracePeriodSeconds: 1, containers: [shell('sleep 60', { livenessProbe })] }),
    );
    await eventually(() => (node.main()?.restartCount ?? 0) >= 1);
    expect(node.events).toContain('Unhealthy');
    expect(node.events).toContain('Killing');
  });

  test('that is deleted ends within its grace and goes, with all traces', async () => {
    const file = join(root, 'listening');
    const script = `trap "exit 0" TERM; touch ${file}; while :; do sleep 0.05; done`;
    node.add(makePod({ containers: [shell(script)] }));
    await eventually(() => node.phase() === 'Running' && existsSync(file));
    deleteGracefully(10);
    await eventually(() => !api.pods.has('web'));
    await eventually(() => readdirSync(join(root, 'logs')).length === 0);
    expect(await node.runtime.listPodSandbox()).toEqual([]);
    expect(api.patches.at(-1)?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 0,
    });
  });

  test('that is deleted again with less grace is killed sooner', async () => {
    const file = join(root, 'deaf');
    node.add(makePod({ containers: [shell(`trap "" TERM; touch ${file}; while :; do sleep 0.05; done`)] }));
    await eventually(() => existsSync(file));
    deleteGracefully(60);
    await eventually(() => node.events.includes('Killing'));
    deleteGracefully(0);
    await eventually(() => !api.pods.has('web'));
  });

  test('that is deleted while its postStart hook hangs is ended all the same', async () => {
    const file = join(root, 'hooked');
    const postStart = { exec: { command: ['sh', '-c', `touch ${file}; sleep 600`] } };
    node.add(makePod({ containers: [shell('sleep 600', { lifecycle: { postStart } })] }));
    await eventually(() => existsSync(file));
    deleteGracefully(0);
    await eventually(() => !api.pods.has('web'));
    expect(node.events).not.toContain('FailedPostStartHook');
  });

  test('fails when its deadline has passed', async () => {
    node.add(
      makePod({
        activeDeadlineSeconds: 1,
        terminationGracePeriodSeconds: 1,
        containers: [shell('sleep 60')],
      }),
    );
    await eventually(() => node.phase() === 'Failed' && node.main()?.state?.terminated !== undefined);
    expect(api.pods.get('web')?.status?.reason).toBe('DeadlineExceeded');
  });

  test('that is gone from the API server is ended', async () => {
    node.add(makePod({ terminationGracePeriodSeconds: 1, containers: [shell('sleep 60')] }));
    await eventually(() => node.phase() === 'Running');
    api.pods.delete('web');
    node.workers.forgotten('uid-1');
    await eventually(() => node.workers.pods.length === 0);
    expect(await node.runtime.listContainers()).toEqual([]);
  });
});

describe('a kubelet that comes back', () => {
  const restart = async () => {
    await node[Symbol.asyncDispose]();
    node = await Node.start(root, api, server);
  };

  test('finds its containers running and leaves them be', async () => {
    node.add(makePod({ containers: [shell('sleep 60')] }));
    await eventually(() => node.main()?.ready === true);
    const before = node.main();
    const patches = api.patches.length;
    await restart();
    // Another pod's whole life goes by.
    node.add(otherPod());
    await eventually(() => node.phase('other') === 'Succeeded');
    expect(node.main()).toEqual(before);
    expect(api.patches.slice(patches).every(({ metadata }) => metadata.uid === 'uid-2')).toBe(true);
  });

  test('sees what ended meanwhile, with its exit code', async () => {
    const file = join(root, 'go');
    node.add(
      makePod({
        restartPolicy: 'Never',
        containers: [shell(`until test -e ${file}; do sleep 0.02; done; exit 7`)],
      }),
    );
    await eventually(() => node.phase() === 'Running');
    await node[Symbol.asyncDispose]();
    await Bun.write(file, '');
    node = await Node.start(root, api, server);
    await eventually(() => node.phase() === 'Failed');
    expect(node.main()?.state?.terminated?.exitCode).toBe(7);
  });

  test('ends pods that were deleted meanwhile', async () => {
    node.add(makePod({ containers: [shell('sleep 60')] }));
    await eventually(() => node.phase() === 'Running');
    await node[Symbol.asyncDispose]();
    api.pods.clear();
    node = await Node.start(root, api, server);
    mkdirSync(join(root, 'pods/lost+found'), { recursive: true });
    await node.workers.removeOrphans(join(root, 'pods'));
    expect(await node.runtime.listPodSandbox()).toEqual([]);
    expect(readdirSync(join(root, 'logs'))).toEqual([]);
  });
});
