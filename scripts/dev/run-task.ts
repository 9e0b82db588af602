import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { homeLayout, nodeLayout } from '@hawser/config';
import {
  type Argv,
  apiserverCommand,
  type ClusterPlace,
  controllerManagerCommand,
  type DevNode,
  devNode,
  findNatsServer,
  kubeletCommand,
  natsCommand,
} from '../services.ts';
import { readDevSettings } from './dev-settings.ts';
import { ensureNodeCredentials } from './node-credentials.ts';
import { stopContainers } from './stop-containers.ts';
import { superviseProcess } from './supervised-process.ts';

/** A turbo task: one kind of service. */
export type Task = (place: ClusterPlace, print: (line: string) => void, signal: AbortSignal) => Promise<void>;

/** In the order in which they are stopped: first those who use the others. */
export const TASKS = {
  nodes: runNodes,
  'controller-manager': (place, print, signal) =>
    runService(place, 'controller-manager', controllerManagerCommand(place), print, signal),
  apiserver: (place, print, signal) => runService(place, 'apiserver', apiserverCommand(place), print, signal),
  nats: runNats,
} satisfies Record<string, Task>;

export type TaskName = keyof typeof TASKS;

function runService(
  { home }: ClusterPlace,
  name: string,
  argv: Argv,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  return superviseProcess({ argv, print, signal, logFile: join(homeLayout(home).logs, `${name}.log`) });
}

async function runNats(
  place: ClusterPlace,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const natsServer = findNatsServer();
  if (natsServer) return runService(place, 'nats', natsCommand(place, natsServer), print, signal);
  print(
    'no nats-server: audit events wait in the outbox until there is one (Debian: apt-get install nats-server)',
  );
  // The task stays, so that the others do.
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** All nodes of the cluster; what a node's containers leave behind when it is stopped is stopped too. */
async function runNodes(
  place: ClusterPlace,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const nodes = Array.from({ length: readDevSettings(place.home).nodes }, (_, index) => devNode(index + 1));
  await Promise.all(nodes.map((node) => runNode(place, node, prefixed(node, print), signal)));
}

const prefixed =
  ({ name }: DevNode, print: (line: string) => void) =>
  (line: string): void =>
    print(`${name} ${line}`);

async function runNode(
  place: ClusterPlace,
  node: DevNode,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { directory, pki } = nodeLayout(place.home, node.name);
  mkdirSync(pki, { recursive: true, mode: 0o700 });
  try {
    await ensureNodeCredentials(place, node, print, signal);
    await runService(place, node.name, kubeletCommand(place, node), print, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await stopContainers(directory);
  }
}
