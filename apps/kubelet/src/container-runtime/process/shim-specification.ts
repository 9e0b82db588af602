import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyValue } from '../container-runtime.ts';
import type { ProcessIdentity } from './process-identity.ts';

export interface ProcessUser {
  uid: number;
  gid: number;
  groups: number[];
}

/** The rights of a container's process, as become.pl applies them. */
export interface ExecutionRights {
  /** Become this user before executing; absent to stay the kubelet's. */
  user?: ProcessUser;
  /** Numbers of the capabilities to keep. */
  capabilities: number[];
  noNewPrivs: boolean;
  /** File of the filter of system calls. */
  seccompFile?: string;
}

/** What shim.pl is told to run. */
export interface ShimSpecification {
  logPath: string;
  cwd: string;
  argv: string[];
  envs: KeyValue[];
  /** What its input and output are; see ContainerConfig. */
  streams: { stdin?: boolean; stdinOnce?: boolean; tty?: boolean };
  rights: ExecutionRights;
  /** The process whose network namespace to join; absent to stay in the kubelet's. */
  networkHolder?: ProcessIdentity;
  /** Bubblewrap's options, which stand for all `rights` but the filter: `argv` is then bwrap, `--`, the command. */
  bubblewrapOptions?: string[];
}

/**
 * Writes `shim.spec`, and `bwrap.args` where bubblewrap is used, into a container's directory. Both are for
 * their owner only: environments hold secrets, which for the same reason never stand on a command line.
 */
export function writeShimSpecification(directory: string, specification: ShimSpecification): void {
  const { logPath, cwd, argv, envs, rights, streams, networkHolder, bubblewrapOptions } = specification;
  const records = [`machine=${process.arch}`, `log=${logPath}`, `cwd=${cwd}`, ...streamRecords(streams)];
  if (networkHolder !== undefined) records.push(...networkRecords(networkHolder));
  if (bubblewrapOptions === undefined) {
    records.push(...executionRecords(rights), ...envs.map(({ key, value }) => `env=${key}=${value}`));
  } else {
    // Who owns the terminal and the pipes; the change itself is left to what bubblewrap runs.
    records.push(
      'bubblewrap=1',
      ...(rights.user === undefined ? [] : [`owner=${rights.user.uid}`]),
      ...(rights.seccompFile === undefined ? [] : [`seccomp=${rights.seccompFile}`]),
    );
    const setEnvs = envs.flatMap(({ key, value }) => ['--setenv', key, value]);
    writeRecords(join(directory, 'bwrap.args'), [...bubblewrapOptions, ...setEnvs]);
  }
  records.push(...argv.map((argument) => `arg=${argument}`));
  writeRecords(join(directory, 'shim.spec'), records);
}

/** Whose network namespace to join. */
export function networkRecords({ pid, startTime }: ProcessIdentity): string[] {
  return [`network=/proc/${pid}/ns/net`, `network_process=${pid} ${startTime}`];
}

function streamRecords({ stdin, stdinOnce, tty }: ShimSpecification['streams']): string[] {
  return [
    ...(stdin ? ['stdin=1'] : []),
    ...(stdin && stdinOnce ? ['stdin_once=1'] : []),
    ...(tty ? ['tty=1'] : []),
  ];
}

export function executionRecords({ user, capabilities, noNewPrivs, seccompFile }: ExecutionRights): string[] {
  const records = [`capabilities=${capabilities.join(',')}`];
  if (user !== undefined)
    records.push(
      `owner=${user.uid}`,
      `uid=${user.uid}`,
      `gid=${user.gid}`,
      `groups=${user.groups.join(',')}`,
    );
  if (noNewPrivs) records.push('no_new_privs=1');
  if (seccompFile !== undefined) records.push(`seccomp=${seccompFile}`);
  return records;
}

/** Records end with NUL, which neither arguments nor environments can hold. */
export function formatRecords(records: string[]): string {
  return records.map((record) => `${record}\0`).join('');
}

function writeRecords(path: string, records: string[]): void {
  writeFileSync(path, formatRecords(records), { mode: 0o600 });
}
