import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { homeLayout, nodeLayout } from '@hawser/config';
import { aborted } from '@hawser/runtime';
import { HUB_HOST } from '../network/host-network.ts';
import {
  type Argv,
  apiserverCommand,
  type ClusterPlace,
  controllerManagerCommand,
  type DevNode,
  devNode,
  findNatsServer,
  konnectivityAgentCommand,
  konnectivityServerCommand,
  kubeletCommand,
  kubeProxyCommand,
  natsCommand,
} from '../services.ts';
import { ensureHubSshKey, findBubblewrap, findSshd, prepareSshd, sshdCommand } from '../sshd.ts';
import { onHost } from './dev-network.ts';
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
  apiserver: runApiserver,
  'konnectivity-server': runKonnectivityServer,
  nats: runNats,
} satisfies Record<string, Task>;

export type TaskName = keyof typeof TASKS;

function runService(
  place: ClusterPlace,
  name: string,
  argv: Argv,
  print: (line: string) => void,
  signal: AbortSignal,
  host = HUB_HOST,
): Promise<void> {
  const logFile = join(homeLayout(place.home).logs, `${name}.log`);
  return superviseProcess({ argv: onHost(place, host, argv), print, signal, logFile });
}

function runApiserver(
  place: ClusterPlace,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (place.egress === 'ssh') ensureHubSshKey(place);
  return runService(place, 'apiserver', apiserverCommand(place), print, signal);
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
  return aborted(signal);
}

function runKonnectivityServer(
  place: ClusterPlace,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  // The task stays, so that the others do.
  if (place.egress !== 'konnectivity') return aborted(signal);
  return runService(place, 'konnectivity-server', konnectivityServerCommand(place), print, signal);
}

/** All nodes of the cluster; what a node's containers leave behind when it is stopped is stopped too. */
async function runNodes(
  place: ClusterPlace,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const nodes = Array.from({ length: readDevSettings(place.home).nodes }, (_, index) =>
    devNode(index + 1, place.network),
  );
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
    await Promise.all(
      programsOf(place, node).map(([name, argv]) => runService(place, name, argv, print, signal, node.name)),
    );
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await stopContainers(directory);
  }
}

/** What runs on a node, by the names of the logs. */
function programsOf(place: ClusterPlace, node: DevNode): (readonly [string, Argv])[] {
  const programs: (readonly [string, Argv])[] = [
    [node.name, kubeletCommand(place, node)],
    [`${node.name}-kube-proxy`, kubeProxyCommand(place, node)],
  ];
  switch (place.egress) {
    case 'konnectivity':
      return [...programs, [`${node.name}-konnectivity-agent`, konnectivityAgentCommand(place, node)]];
    case 'ssh':
      prepareSshd(place, node);
      return [...programs, [`${node.name}-sshd`, sshdCommand(place, node, ...requiredForSsh())]];
    default:
      return programs;
  }
}

/** @throws Error with what is missing: without it there would be no way to any node. */
function requiredForSsh(): [sshd: string, bwrap: string] {
  const [sshd, bwrap] = [findSshd(), findBubblewrap()];
  if (sshd === undefined) throw new Error('--egress ssh needs sshd (Debian: apt-get install openssh-server)');
  if (bwrap === undefined) throw new Error('--egress ssh needs bwrap (Debian: apt-get install bubblewrap)');
  return [sshd, bwrap];
}
