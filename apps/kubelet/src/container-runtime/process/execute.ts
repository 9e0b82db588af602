import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEnvironment } from '@hawser/config';
import type { ExecResult } from '../container-runtime.ts';
import { ExecTimeoutError } from '../errors.ts';
import type { ContainerRecord } from './container-directory.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { executionRecords, formatRecords } from './shim-specification.ts';

/** Where to run a command. */
export interface ExecTarget {
  scripts: string;
  /** The container's directory of state. */
  directory: string;
  container: ContainerRecord;
  started: ProcessIdentity;
}

/** Output past this is dropped: probes and hooks are asked for a verdict, not for data. */
const OUTPUT_BYTES = 1 << 20;

/**
 * Runs a command in a container, with its environment, user and capabilities, and waits for its end.
 * @throws ExecTimeoutError after `timeoutMs`, or the signal's reason; the command and what it started are killed
 * then.
 */
export async function executeInContainer(
  target: ExecTarget,
  command: string[],
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<ExecResult> {
  signal?.throwIfAborted();
  const specification = join(target.directory, `exec-${randomBytes(6).toString('hex')}.spec`);
  try {
    writeFileSync(specification, formatRecords(specificationOf(target, command)), { mode: 0o600 });
    return await run(target.scripts, specification, command, timeoutMs, signal);
  } finally {
    // Removed by enter.pl once read, if it came to that; it holds an environment.
    rmSync(specification, { force: true });
  }
}

function run(
  scripts: string,
  specification: string,
  command: string[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<ExecResult> {
  const child = spawn('perl', ['enter.pl', specification], {
    cwd: scripts,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: readEnvironment().path },
  });
  return new Promise((resolve, reject) => {
    const stdout = collect(child.stdout!);
    const stderr = collect(child.stderr!);
    const fail = (error: unknown) => {
      child.kill('SIGTERM');
      settle();
      reject(error);
    };
    const onAbort = () => fail(signal?.reason);
    const timer = setTimeout(() => fail(new ExecTimeoutError(command, timeoutMs)), timeoutMs);
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    child.once('error', fail);
    child.once('close', (code) => {
      settle();
      resolve({ exitCode: code ?? 137, stdout: stdout(), stderr: stderr() });
    });
  });
}

function specificationOf({ container, started }: ExecTarget, command: string[]): string[] {
  const { config, execution } = container;
  const namespaces = execution.bubblewrap ? namespacesOf(started.pid) : [];
  return [
    `machine=${process.arch}`,
    `cwd=${config.workingDir || '/'}`,
    ...namespaces,
    ...executionRecords(execution),
    ...config.envs.map(({ key, value }) => `env=${key}=${value}`),
    ...command.map((argument) => `arg=${argument}`),
  ];
}

/** The user namespace only where it is another one: one's own cannot be joined. */
function namespacesOf(pid: number): string[] {
  const isOther = readlinkSync('/proc/self/ns/user') !== readlinkSync(`/proc/${pid}/ns/user`);
  const joined = ['mnt', 'pid', 'ipc', 'uts'].map((kind) => `namespace=/proc/${pid}/ns/${kind}`);
  return [...joined, ...(isOther ? [`user_namespace=/proc/${pid}/ns/user`] : [])];
}

function collect(stream: NodeJS.ReadableStream): () => Buffer {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    if (bytes < OUTPUT_BYTES) chunks.push(chunk);
    bytes += chunk.length;
  });
  return () => Buffer.concat(chunks).subarray(0, OUTPUT_BYTES);
}
