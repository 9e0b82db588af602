import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Cluster } from './cluster.ts';
import { helmPath } from './required-tools.ts';
import { type CommandResult, RunningCommand } from './running-command.ts';

/** Helm waits for what it installs. */
const TIMEOUT_MS = 60_000;

/** Runs helm to its end, as the administrator, with nothing of the user's own. */
export function runHelm(cluster: Cluster, args: readonly string[]): Promise<CommandResult> {
  const home = join(cluster.place.home, 'helm');
  mkdirSync(home, { recursive: true });
  const env = { HOME: home, KUBECONFIG: cluster.layout.adminKubeconfig, PATH: '/usr/bin:/bin', TZ: 'UTC' };
  return new RunningCommand([helmPath(), ...args], env).ended(TIMEOUT_MS);
}

/** Writes a chart, a file a path, and returns its directory. */
export function writeChart(
  cluster: Cluster,
  name: string,
  files: Readonly<Record<string, string | object>>,
): string {
  const directory = join(cluster.place.home, 'charts', name);
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
  return directory;
}
