import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readEnvironment } from '@hawser/config';
import {
  isAlive,
  type ProcessIdentity,
  readStartTime,
} from '../container-runtime/process/process-identity.ts';
import { NetworkCommandError, type NetworkTools } from './network-tools.ts';

/** Ends by itself unless it is told to stay: a kubelet that is killed before it has noted it leaves none behind. */
const SCRIPT = 'echo made; read -r stay && exec sleep infinity </dev/null >/dev/null 2>&1';

/** A process in a network namespace of its own, which is there as long as the process is. */
export interface NamespaceHolder {
  readonly process: ProcessIdentity;
  /** Lets it stay when this process is gone. */
  release(): void;
}

/**
 * Makes a network namespace, held by a process that does nothing (as upstream's pause containers do): it has no name
 * that others could take, and outlives a kubelet that is killed.
 * @throws NetworkCommandError
 */
export async function holdNamespace({ unshare }: NetworkTools): Promise<NamespaceHolder> {
  const child = spawn(unshare, ['--net', '--', 'sh', '-c', SCRIPT], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: readEnvironment().path },
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk;
  });
  child.stdin.on('error', () => {});
  const failed = new Promise<never>((_resolve, reject) => {
    const fail = (why: string) =>
      reject(new NetworkCommandError(`unshare --net: ${complaint.trim() || why}`));
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`ended with ${code}`));
  });
  failed.catch(() => {});
  await Promise.race([once(child.stdout, 'data'), failed]);
  const startTime = readStartTime(child.pid!);
  if (startTime === undefined) throw new NetworkCommandError('unshare --net: ended at once');
  return {
    process: { pid: child.pid!, startTime },
    release() {
      child.stdin.end('stay\n');
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
    },
  };
}

/** Lets a namespace go; it is gone with the last process in it. */
export function releaseNamespace(holder: ProcessIdentity): void {
  if (!isAlive(holder)) return;
  try {
    process.kill(holder.pid, 'SIGKILL');
  } catch {
    // It has ended in between.
  }
}
