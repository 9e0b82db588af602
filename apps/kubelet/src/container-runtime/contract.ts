import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerConfig, ContainerRuntime, ContainerStatus } from './container-runtime.ts';
import { ContainerNotFoundError, ContainerStartError, ExecTimeoutError } from './errors.ts';

/** What an adapter gives the suite. */
export interface RuntimeHarness {
  /** Opens a runtime on a directory; called again on the same one to stand for a kubelet that restarts. */
  open(directory: string): Promise<ContainerRuntime>;
  skipReason?: string;
}

/** A container config with everything but the command left at its default. */
export function containerConfig(
  command: string[],
  overrides: Partial<ContainerConfig> = {},
): ContainerConfig {
  return {
    metadata: { name: 'main', attempt: 0 },
    image: 'none',
    command,
    args: [],
    workingDir: '',
    envs: [],
    mounts: [],
    labels: { 'io.kubernetes.pod.uid': 'uid-1' },
    annotations: {},
    logPath: 'main/0.log',
    securityContext: {},
    ...overrides,
  };
}

/** Waits until the container has ended, and returns its status then. */
export async function ended(runtime: ContainerRuntime, id: string): Promise<ContainerStatus> {
  for (let tries = 0; tries < 500; tries += 1) {
    const status = await runtime.containerStatus(id);
    if (status.state === 'exited') return status;
    await Bun.sleep(10);
  }
  throw new Error(`container ${id} does not end`);
}

/** Waits until the text is in the log. */
export async function logged(path: string, text: string): Promise<string> {
  for (let tries = 0; tries < 500; tries += 1) {
    const content = readLog(path);
    if (content.includes(text)) return content;
    await Bun.sleep(10);
  }
  throw new Error(`"${text}" does not appear in ${path}: ${readLog(path)}`);
}

function readLog(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The behaviour that every ContainerRuntime owes the kubelet. */
export function containerRuntimeContract(name: string, harness: RuntimeHarness): void {
  const title = harness.skipReason ? `${name} (skipped: ${harness.skipReason})` : name;
  describe.skipIf(harness.skipReason !== undefined)(title, () => {
    let directory: string;
    let runtime: ContainerRuntime;
    let sandbox: string;

    const sandboxConfig = () => ({
      metadata: { name: 'web', uid: 'uid-1', namespace: 'default', attempt: 0 },
      hostname: 'web',
      logDirectory: join(directory, 'logs'),
      labels: { 'io.kubernetes.pod.uid': 'uid-1' },
      annotations: { note: 'kept' },
    });
    const run = async (command: string[], overrides: Partial<ContainerConfig> = {}) => {
      const id = await runtime.createContainer(sandbox, containerConfig(command, overrides));
      await runtime.startContainer(id);
      return id;
    };
    const shell = (script: string, overrides: Partial<ContainerConfig> = {}) =>
      run(['sh', '-c', script], overrides);

    beforeEach(async () => {
      directory = mkdtempSync(join(tmpdir(), 'runtime-'));
      runtime = await harness.open(directory);
      sandbox = await runtime.runPodSandbox(sandboxConfig());
    });

    afterEach(async () => {
      for (const { id } of await runtime.listPodSandbox()) await runtime.removePodSandbox(id);
      await runtime[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    });

    test('lists a sandbox with what it was made with, and is ready', async () => {
      const [listed] = await runtime.listPodSandbox({ labels: { 'io.kubernetes.pod.uid': 'uid-1' } });
      expect(listed).toMatchObject({ id: sandbox, state: 'ready', annotations: { note: 'kept' } });
      expect(await runtime.listPodSandbox({ labels: { 'io.kubernetes.pod.uid': 'other' } })).toEqual([]);
    });

    test('reports the exit code and reason of a container that ends', async () => {
      const good = await ended(runtime, await shell('exit 0'));
      const bad = await ended(runtime, await shell('exit 3'));
      expect(good).toMatchObject({ exitCode: 0, reason: 'Completed' });
      expect(bad).toMatchObject({ exitCode: 3, reason: 'Error' });
      expect(bad.finishedAt!.getTime()).toBeGreaterThanOrEqual(bad.startedAt!.getTime());
    });

    test('writes both streams to the log in CRI format', async () => {
      const status = await ended(runtime, await shell('echo out; echo err >&2; printf rest'));
      const lines = readFileSync(status.logPath, 'utf8').trimEnd().split('\n');
      const stamp = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z`;
      for (const line of lines) expect(line).toMatch(new RegExp(`^${stamp} std(out|err) [FP] `));
      const contents = lines.map((line) => line.slice(31)).sort();
      expect(contents).toEqual(['stderr F err', 'stdout F out', 'stdout P rest']);
    });

    test('gives the process its environment and nothing of the node’s', async () => {
      const id = await shell('echo "$GREETING|$HOSTNAME|$BUN_INSTALL|$SHLVL"', {
        envs: [{ key: 'GREETING', value: 'hi there=1' }],
      });
      const { logPath } = await ended(runtime, id);
      expect(readLog(logPath)).toContain('F hi there=1|web||');
    });

    test('says what could not be executed', async () => {
      const id = await runtime.createContainer(sandbox, containerConfig(['no-such-program']));
      const failure: unknown = await runtime.startContainer(id).then(
        () => undefined,
        (error: unknown) => error,
      );
      // A runtime may notice only after it answered; the status says it either way.
      if (failure !== undefined) expect(failure).toBeInstanceOf(ContainerStartError);
      const status = await ended(runtime, id);
      expect(status).toMatchObject({ exitCode: 128, reason: 'StartError' });
      expect(status.message).toContain('no-such-program');
      expect(status.message).toContain('No such file');
    });

    test('stops a container gently within its grace period', async () => {
      const id = await shell('trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done');
      const { logPath } = await runtime.containerStatus(id);
      await logged(logPath, 'up');
      await runtime.stopContainer(id, 10);
      expect(await runtime.containerStatus(id)).toMatchObject({ state: 'exited', exitCode: 0 });
      expect(readLog(logPath)).toContain('F bye');
    });

    test('kills a container that ignores SIGTERM, and all that it started', async () => {
      const id = await shell('trap "" TERM; (trap "" TERM; while :; do sleep 0.05; done) & echo up; wait');
      await logged((await runtime.containerStatus(id)).logPath, 'up');
      await runtime.stopContainer(id, 1);
      expect(await runtime.containerStatus(id)).toMatchObject({ state: 'exited', exitCode: 137 });
    });

    test('stopping twice, or something unknown, is no error', async () => {
      const id = await shell('exit 0');
      await ended(runtime, id);
      await runtime.stopContainer(id, 1);
      await runtime.stopContainer('unknown', 1);
      await runtime.removePodSandbox('unknown');
      await runtime.removeContainer('unknown');
      expect(runtime.containerStatus('unknown')).rejects.toBeInstanceOf(ContainerNotFoundError);
    });

    test('tells of an end by itself', async () => {
      const told = Promise.withResolvers<string>();
      runtime.onContainerEvent(({ containerId }) => told.resolve(containerId));
      const id = await shell('exit 0');
      expect(await told.promise).toBe(id);
      expect((await runtime.containerStatus(id)).state).toBe('exited');
    });

    test('goes on writing after its log was renamed, losing no line', async () => {
      const id = await shell('i=0; while [ $i -lt 60 ]; do echo line-$i; i=$((i+1)); sleep 0.01; done');
      const { logPath } = await runtime.containerStatus(id);
      await logged(logPath, 'line-3');
      renameSync(logPath, `${logPath}.1`);
      await runtime.reopenContainerLog(id);
      await ended(runtime, id);
      const lines = [...(readLog(`${logPath}.1`) + readLog(logPath)).matchAll(/line-\d+/g)].map(
        ([line]) => line,
      );
      expect(lines).toEqual(Array.from({ length: 60 }, (_, i) => `line-${i}`));
    });

    test('runs commands in a container, and bounds their time', async () => {
      const id = await shell('sleep 60', { envs: [{ key: 'MARK', value: 'in here' }] });
      const result = await runtime.execSync(id, ['sh', '-c', 'echo "$MARK"; echo no >&2; exit 4'], 5000);
      expect(result.exitCode).toBe(4);
      expect(result.stdout.toString()).toBe('in here\n');
      expect(result.stderr.toString()).toBe('no\n');
      expect(runtime.execSync(id, ['sleep', '60'], 100)).rejects.toBeInstanceOf(ExecTimeoutError);
      const abort = new AbortController();
      const endless = runtime.execSync(id, ['sleep', '60'], 60_000, abort.signal);
      abort.abort(new Error('enough'));
      expect(endless).rejects.toThrow('enough');
    });

    test('finds everything again after a restart: what runs, and what ended meanwhile', async () => {
      const running = await shell('echo up; while :; do sleep 0.05; done');
      const ending = await shell('echo up; sleep 0.2; echo last words; exit 5');
      await runtime[Symbol.asyncDispose]();
      const { logPath } = await runtime.containerStatus(ending);
      await logged(logPath, 'last words');

      runtime = await harness.open(directory);
      expect(await ended(runtime, ending)).toMatchObject({ exitCode: 5 });
      expect(await runtime.containerStatus(running)).toMatchObject({ state: 'running' });
      const told = Promise.withResolvers<void>();
      runtime.onContainerEvent(({ containerId }) => containerId === running && told.resolve());
      await runtime.stopContainer(running, 5);
      await told.promise;
    });

    test('removing a sandbox ends and forgets its containers, and keeps their logs', async () => {
      const id = await shell('echo kept; sleep 60');
      const { logPath } = await runtime.containerStatus(id);
      await logged(logPath, 'kept');
      await runtime.removePodSandbox(sandbox);
      expect(await runtime.listContainers()).toEqual([]);
      expect(await runtime.listPodSandbox()).toEqual([]);
      expect(readLog(logPath)).toContain('kept');
    });
  });
}
