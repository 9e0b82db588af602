import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyValue } from '../container-runtime.ts';
import type { ProcessUser } from './container-directory.ts';

/** The rights of a container's process, as become.pl applies them. */
export interface ExecutionRights {
  /** Become this user before executing; absent to stay the kubelet's. */
  user?: ProcessUser;
  /** Numbers of the capabilities to keep. */
  capabilities: number[];
  noNewPrivs: boolean;
}

/** What shim.pl is told to run. */
export interface ShimSpecification {
  logPath: string;
  cwd: string;
  argv: string[];
  envs: KeyValue[];
  rights?: ExecutionRights;
  /** Bubblewrap's options, which stand for `rights`: `argv` is then bwrap, `--`, and the command. */
  bubblewrapOptions?: string[];
}

/**
 * Writes `shim.spec`, and `bwrap.args` where bubblewrap is used, into a container's directory. Both are for
 * their owner only: environments hold secrets, which for the same reason never stand on a command line.
 */
export function writeShimSpecification(directory: string, specification: ShimSpecification): void {
  const { logPath, cwd, argv, envs, rights, bubblewrapOptions } = specification;
  const records = [`machine=${process.arch}`, `log=${logPath}`, `cwd=${cwd}`];
  if (bubblewrapOptions === undefined) records.push(...envs.map(({ key, value }) => `env=${key}=${value}`));
  else {
    records.push('bubblewrap=1');
    const setEnvs = envs.flatMap(({ key, value }) => ['--setenv', key, value]);
    writeRecords(join(directory, 'bwrap.args'), [...bubblewrapOptions, ...setEnvs]);
  }
  if (rights !== undefined) records.push(...executionRecords(rights));
  records.push(...argv.map((argument) => `arg=${argument}`));
  writeRecords(join(directory, 'shim.spec'), records);
}

export function executionRecords({ user, capabilities, noNewPrivs }: ExecutionRights): string[] {
  const records = [`capabilities=${capabilities.join(',')}`];
  if (user !== undefined)
    records.push(`uid=${user.uid}`, `gid=${user.gid}`, `groups=${user.groups.join(',')}`);
  if (noNewPrivs) records.push('no_new_privs=1');
  return records;
}

/** Records end with NUL, which neither arguments nor environments can hold. */
export function formatRecords(records: string[]): string {
  return records.map((record) => `${record}\0`).join('');
}

function writeRecords(path: string, records: string[]): void {
  writeFileSync(path, formatRecords(records), { mode: 0o600 });
}
