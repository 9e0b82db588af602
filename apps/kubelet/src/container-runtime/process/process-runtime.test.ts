import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@hawser/observability';
import { containerConfig, containerRuntimeContract, type RuntimeHarness } from '../contract.ts';
import { execContract } from '../exec-contract.ts';
import { findBubblewrap } from './find-bubblewrap.ts';
import { ProcessRuntime } from './process-runtime.ts';

const bubblewrapPath = findBubblewrap();

const harnesses: Record<string, RuntimeHarness> = {
  'the process runtime beside the node’s processes': {
    open: (rootDirectory) => ProcessRuntime.open({ rootDirectory, logger: silentLogger }),
  },
  'the process runtime with bubblewrap': {
    open: (rootDirectory) => ProcessRuntime.open({ rootDirectory, bubblewrapPath, logger: silentLogger }),
    skipReason: bubblewrapPath === undefined ? 'bwrap is neither on PATH nor in .tools' : undefined,
  },
};
for (const [name, harness] of Object.entries(harnesses)) {
  containerRuntimeContract(name, harness);
  execContract(name, harness);
}

test('a running container does not keep the process alive that started it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'runtime-'));
  const config = containerConfig(['sleep', '60']);
  const script = `
    import { ProcessRuntime } from ${JSON.stringify(join(import.meta.dir, 'process-runtime.ts'))};
    const runtime = await ProcessRuntime.open({ rootDirectory: ${JSON.stringify(directory)}, logger: undefined });
    const metadata = { name: 'web', uid: 'uid-1', namespace: 'default', attempt: 0 };
    const sandbox = await runtime.runPodSandbox({ metadata, hostname: 'web', logDirectory: ${JSON.stringify(directory)}, labels: {}, annotations: {} });
    await runtime.startContainer(await runtime.createContainer(sandbox, ${JSON.stringify(config)}));
    await runtime[Symbol.asyncDispose]();`;
  const starter = Bun.spawn([process.execPath, '-e', script], { stdout: 'inherit', stderr: 'inherit' });
  expect(await starter.exited).toBe(0);
  const rootDirectory = directory;
  await using runtime = await ProcessRuntime.open({ rootDirectory, logger: silentLogger });
  const containers = await runtime.listContainers();
  for (const { id } of await runtime.listPodSandbox()) await runtime.removePodSandbox(id);
  rmSync(directory, { recursive: true });
  expect(containers).toMatchObject([{ state: 'running' }]);
});
