// One turbo task: `bun scripts/service.ts nats|apiserver|…`. Runs services of one kind until
// it is told to stop, and starts them again when they end by themselves.
import { join } from 'node:path';
import { readEnvironment } from '@hawser/config';
import { readDevSettings } from './dev/dev-settings.ts';
import { TASKS, type TaskName } from './dev/run-task.ts';
import { stopSignal } from './dev/stop-signal.ts';
import { registerTask } from './dev/task-registry.ts';

const task = process.argv[2] ?? '';
if (!Object.hasOwn(TASKS, task)) {
  console.error(`usage: service.ts ${Object.keys(TASKS).join('|')}`);
  process.exit(2);
}
// Turbo starts tasks in the folders of their packages; HAWSER_HOME is relative to the checkout.
process.chdir(join(import.meta.dir, '..'));
const environment = readEnvironment();
const { egress, network } = readDevSettings(environment.home);
const place = { ...environment, egress, network };
try {
  using _registration = registerTask(place.home, task);
  await TASKS[task as TaskName](place, (line) => process.stdout.write(`${line}\n`), stopSignal());
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
