import { afterAll, expect } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopContainers } from '../../scripts/dev/stop-containers.ts';
import type { Cluster } from './cluster.ts';
import { eventuallyPasses } from './eventually.ts';
import type { RunningCommand } from './running-command.ts';

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** A directory that goes with the test file. */
export function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hawser-test-join-'));
  directories.push(directory);
  return directory;
}

/** The line that `--print-join-command` prints, as words after `hawser`. */
export async function joinLine(cluster: Cluster, ...flags: string[]): Promise<string[]> {
  const created = await cluster.hawser('token', 'create', '--print-join-command', ...flags);
  expect(created).toMatchObject({ exitCode: 0, stderr: '' });
  expect(created.stdout).toMatch(
    /^hawser join 127\.0\.0\.1:\d+ --token [a-z0-9]{6}\.[a-z0-9]{16} --discovery-token-ca-cert-hash sha256:[0-9a-f]{64}\n$/,
  );
  return created.stdout.trim().split(' ').slice(1);
}

export interface JoiningNode extends AsyncDisposable {
  readonly command: RunningCommand;
  readonly directory: string;
}

/** What somebody types on the node: the printed line, and what the node is called and where it lives. */
export function startNode(
  cluster: Cluster,
  line: readonly string[],
  name: string,
  ...more: string[]
): JoiningNode {
  const directory = freshDirectory();
  return startNodeIn(cluster, directory, line, name, ...more);
}

/** As `startNode`, in a directory that there may be already. */
export function startNodeIn(
  cluster: Cluster,
  directory: string,
  line: readonly string[],
  name: string,
  ...more: string[]
): JoiningNode {
  const own = ['--node-name', name, '--root-dir', directory];
  const command = cluster.startHawser(...line, ...own, ...more);
  return {
    command,
    directory,
    async [Symbol.asyncDispose]() {
      command.terminate();
      await command.ended();
      await stopContainers(directory);
    },
  };
}

/** Waits until the command says that its node is Ready. */
export const joined = ({ command }: JoiningNode) =>
  eventuallyPasses(() => expect(command.stderr).toContain('this node has joined the cluster'), 30_000);
