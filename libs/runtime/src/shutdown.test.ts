import { expect, test } from 'bun:test';
import { join } from 'node:path';

/** Starts a program that says `ready`, and goes on whatever its signal says. */
async function startStubborn(options: string) {
  const source = `
    import { shutdownSignal } from ${JSON.stringify(join(import.meta.dir, 'shutdown.ts'))};
    const signal = shutdownSignal(${options});
    signal.addEventListener('abort', () => console.log(signal.reason.message));
    setInterval(() => {}, 1000);
    console.log('ready');`;
  const child = Bun.spawn([process.execPath, '-e', source], { stdout: 'pipe', stderr: 'pipe' });
  const reader = child.stdout.getReader();
  const next = async () => new TextDecoder().decode((await reader.read()).value).trim();
  expect(await next()).toBe('ready');
  return { child, next };
}

test('the first signal aborts, the second ends the process', async () => {
  const { child, next } = await startStubborn('');
  child.kill('SIGTERM');
  expect(await next()).toBe('received SIGTERM');
  child.kill('SIGTERM');
  expect(await child.exited).toBe(143);
});

test('a deadline ends a process that does not stop by itself', async () => {
  const { child } = await startStubborn('{ deadlineMs: 50 }');
  child.kill('SIGTERM');
  expect(await child.exited).toBe(1);
  expect(await child.stderr.text()).toBe('did not stop within 0.05 s of SIGTERM\n');
});
