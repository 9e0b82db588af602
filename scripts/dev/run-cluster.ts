import { aborted } from '@hawser/runtime';
import { type ClusterPlace, initCommand } from '../services.ts';
import { waitForCluster } from './cluster-readiness.ts';
import type { DevOptions } from './dev-flags.ts';
import { startNetwork } from './dev-network.ts';
import { type DevSettings, readDevSettings, writeDevSettings } from './dev-settings.ts';
import { printBanner } from './print-banner.ts';
import { TASKS } from './run-task.ts';
import { stopSignal } from './stop-signal.ts';
import { registerTask, runningTasks, stopTask } from './task-registry.ts';
import { startTurbo, type TurboRun } from './turbo-run.ts';

/** One loopback address each, 127.0.1.1 to 127.0.1.254. */
const MAX_NODES = 254;

const print = (line: string): void => console.log(`dev: ${line}`);

/**
 * Brings the state directory up to date, starts every service, says how to use the cluster when it is ready, and
 * stops everything in order on Ctrl-C. Rejects when a cluster runs there already or a part cannot be started.
 */
export async function runCluster(environment: ClusterPlace, options: DevOptions): Promise<void> {
  const settings = chosenSettings(environment, options);
  const { nodes, egress, network } = settings;
  const place = { ...environment, egress, network };
  if (nodes < 1 || nodes > MAX_NODES) throw new Error(`--nodes ${nodes}: expected 1 to ${MAX_NODES}`);
  const others = runningTasks(place.home).map(({ task, pid }) => `${task} is process ${pid}`);
  if (others.length > 0)
    throw new Error(`a cluster runs already in ${place.home} (${others.join(', ')}): stop it first`);
  const signal = stopSignal();
  await initializeHome(place, nodes);
  writeDevSettings(place.home, settings);
  if (signal.aborted) return;
  using _registration = registerTask(place.home, 'dev');
  await using hosts = await startNetwork(place, nodes, print);
  const turbo = startTurbo(place);
  const ending = AbortSignal.any([signal, turbo.ended]);
  try {
    await waitForCluster(place, nodes, print, ending);
    await hosts.routeToPods();
    printBanner(place, nodes);
  } catch (error) {
    if (!ending.aborted) throw error;
  }
  await aborted(ending);
  await stopCluster(place, turbo);
  if (!signal.aborted) throw new Error('the services have ended by themselves');
}

/** What is asked for, or else as the last time. */
function chosenSettings({ home }: ClusterPlace, { nodes, egress, network }: DevOptions): DevSettings {
  const last = readDevSettings(home);
  return {
    nodes: nodes ?? last.nodes,
    egress: (egress as DevSettings['egress']) ?? last.egress,
    network: (network as DevSettings['network']) ?? last.network,
  };
}

/** `hawser init`: keys that exist stay, everything else is brought up to date. */
async function initializeHome(place: ClusterPlace, nodes: number): Promise<void> {
  const child = Bun.spawn([...initCommand(place, nodes)], { stdout: 'ignore', stderr: 'pipe' });
  const complaint = await child.stderr.text();
  if ((await child.exited) !== 0) throw new Error(complaint.trim());
}

/** One after another, so that each can still say good-bye to those that it speaks to. */
async function stopCluster({ home }: ClusterPlace, turbo: TurboRun): Promise<void> {
  print('stopping');
  for (const task of Object.keys(TASKS)) await stopTask(home, task);
  await turbo.stop();
  print(`stopped; everything is kept in ${home}`);
}
