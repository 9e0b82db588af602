import type { Container, LifecycleHandler } from '@hawser/api';
import { sleep } from '@hawser/runtime';
import type { ContainerRuntime } from '../container-runtime/container-runtime.ts';
import { httpGet } from '../probes/http-get.ts';

export interface HookTarget {
  readonly runtime: ContainerRuntime;
  readonly containerId: string;
  readonly container: Container;
  readonly podIp: string;
}

/** A hook did not do what it should. */
export class HookError extends Error {
  override readonly name = 'HookError';
}

/** Runs a postStart or preStop hook. @throws HookError, or the signal's reason. */
export async function runHook(
  handler: LifecycleHandler,
  target: HookTarget,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<void> {
  if (handler.exec) return await runExecHook(handler.exec.command ?? [], target, timeoutMs, signal);
  if (handler.sleep) return await sleep(Math.min((handler.sleep.seconds ?? 0) * 1000, timeoutMs), signal);
  // `tcpSocket` hooks are deprecated and have no effect (core/v1 LifecycleHandler).
  if (!handler.httpGet) return;
  const { code } = await httpGet(handler.httpGet, target.container, target.podIp, timeoutMs, signal);
  if (code < 200 || code >= 400) throw new HookError(`the hook was answered with status ${code}`);
}

async function runExecHook(
  command: string[],
  { runtime, containerId }: HookTarget,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { exitCode, stdout, stderr } = await runtime.execSync(containerId, command, timeoutMs, signal);
  if (exitCode === 0) return;
  const output = Buffer.concat([stdout, stderr]).toString('utf8').trimEnd().slice(0, 1024);
  throw new HookError(`command '${command.join(' ')}' exited with ${exitCode}: ${output}`);
}
