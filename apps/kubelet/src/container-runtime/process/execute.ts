import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readEnvironment } from '@hawser/config';
import type { ContainerStreams } from '../container-runtime.ts';
import { CommandStartError, InvalidContainerError } from '../errors.ts';
import { type Channel, carryStreams } from './carry-streams.ts';
import type { ChannelListener } from './channel-listener.ts';
import type { ContainerRecord } from './container-directory.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { killSession } from './process-session.ts';
import { executionRecords, formatRecords } from './shim-specification.ts';

/** Where to run a command. */
export interface ExecTarget {
  scripts: string;
  /** Listens in the directory of the scripts. */
  listener: ChannelListener;
  /** The container's directory of state. */
  directory: string;
  container: ContainerRecord;
  started: ProcessIdentity;
}

/** A command that was killed without a word of its supervisor. */
const KILLED = 137;

/**
 * Runs a command in a container, with its environment, user and capabilities, and waits for its end.
 * @returns its exit code, when all that it wrote was written to the streams.
 * @throws CommandStartError when it could not be tried; the signal's reason when that aborts, and the command with
 * all of its session is killed then.
 */
export async function executeInContainer(
  target: ExecTarget,
  command: readonly string[],
  streams: ContainerStreams,
): Promise<number> {
  streams.signal?.throwIfAborted();
  if (command.length === 0) throw new InvalidContainerError('the command is empty');
  if (command.some((word) => word.includes('\0'))) throw new InvalidContainerError('NUL in a command');
  const token = randomBytes(16).toString('hex');
  const specification = join(target.directory, `exec-${token.slice(0, 12)}.spec`);
  using expected = target.listener.expect(token);
  try {
    const records = [...specificationOf(target, command, streams), `token=${token}`];
    writeFileSync(specification, formatRecords(records), { mode: 0o600 });
    const supervisor = spawn('perl', ['enter.pl', specification], {
      cwd: target.scripts,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { PATH: readEnvironment().path },
    });
    return await supervise(supervisor, expected.channel, streams);
  } finally {
    // Removed by enter.pl once read, if it came to that; it holds an environment.
    rmSync(specification, { force: true });
  }
}

async function supervise(
  supervisor: ChildProcess,
  channel: Promise<Channel>,
  streams: ContainerStreams,
): Promise<number> {
  let session: number | undefined;
  const failed = Promise.withResolvers<never>();
  const abandon = () => {
    if (session !== undefined) killSession(session);
    supervisor.kill('SIGTERM');
    failed.reject(streams.signal?.reason);
  };
  supervisor.once('error', (error) => failed.reject(new CommandStartError(error.message, { cause: error })));
  supervisor.once('exit', (code) =>
    failed.reject(new CommandStartError(`the supervisor of the command ended with ${code}`)),
  );
  failed.promise.catch(() => {});
  streams.signal?.addEventListener('abort', abandon, { once: true });
  try {
    const connected = await Promise.race([channel, failed.promise]);
    const exitCode = await carryStreams(connected, streams, {
      onPid: (pid) => {
        session = pid;
      },
    });
    return exitCode ?? KILLED;
  } finally {
    streams.signal?.removeEventListener('abort', abandon);
    void channel.then(({ socket }) => socket.destroy());
  }
}

function specificationOf(
  { container, started, listener }: ExecTarget,
  command: readonly string[],
  { stdin, tty }: ContainerStreams,
): string[] {
  const { config, execution } = container;
  const namespaces = namespacesOf(started, execution.bubblewrap ? ['mnt', 'pid', 'ipc', 'uts'] : []);
  // In a container, the mount of terminals cannot have been replaced; the node may keep that device for root.
  const terminal = execution.bubblewrap ? '/dev/pts/ptmx' : '/dev/ptmx';
  const hasTerm = config.envs.some(({ key }) => key === 'TERM');
  return [
    `machine=${process.arch}`,
    `socket=${basename(listener.path)}`,
    `cwd=${config.workingDir || '/'}`,
    ...namespaces,
    ...(stdin === undefined ? [] : ['stdin=1']),
    ...(tty ? ['tty=1', `terminal_device=${terminal}`] : []),
    ...executionRecords(execution),
    ...config.envs.map(({ key, value }) => `env=${key}=${value}`),
    ...(tty && !hasTerm ? ['env=TERM=xterm'] : []),
    ...command.map((argument) => `arg=${argument}`),
  ];
}

/**
 * The namespaces of these kinds; the network's where it is not the kubelet's own; the user namespace, with others and
 * only where it is another one: one's own cannot be joined.
 */
function namespacesOf({ pid, startTime }: ProcessIdentity, kinds: readonly string[]): string[] {
  const isOther = (kind: string) => namespaceOf('self', kind) !== namespaceOf(pid, kind);
  const all = [...(isOther('net') ? ['net'] : []), ...kinds];
  const joined = all.map((kind) => `namespace=/proc/${pid}/ns/${kind}`);
  const user = kinds.length > 0 && isOther('user') ? [`user_namespace=/proc/${pid}/ns/user`] : [];
  return all.length === 0 ? [] : [`process=${pid} ${startTime}`, ...joined, ...user];
}

const namespaceOf = (pid: number | 'self', kind: string): string => readlinkSync(`/proc/${pid}/ns/${kind}`);
