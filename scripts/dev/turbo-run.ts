import { join } from 'node:path';
import { systemClock } from '@hawser/runtime';
import { Glob } from 'bun';
import type { ClusterPlace } from '../services.ts';
import { tieToParent } from './tie-to-parent.ts';

const root = join(import.meta.dir, '../..');
/** After this, what has not stopped is killed. */
const STOP_MS = 10_000;

/** turbo itself and not its wrapper in `.bin`, which does not pass signals on. */
function findTurbo(): string {
  const [binary] = new Glob('node_modules/@turbo/*/bin/turbo').scanSync({ cwd: root, absolute: true });
  if (!binary) throw new Error('no turbo in node_modules: run `bun install`');
  return binary;
}

/** A running `turbo run dev`. */
export interface TurboRun {
  /** Aborts when it has ended. */
  readonly ended: AbortSignal;
  /** Ends it, tasks that still run included, and waits. */
  stop(): Promise<void>;
}

/**
 * Starts every service through turbo, in a session of its own: Ctrl-C on the terminal must not reach all services
 * at once, they are stopped in order.
 */
export function startTurbo({ home, port }: ClusterPlace): TurboRun {
  const child = Bun.spawn([...tieToParent('INT'), findTurbo(), 'run', 'dev'], {
    cwd: root,
    env: { ...process.env, HAWSER_HOME: home, HAWSER_PORT: `${port}`, TURBO_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  const ending = new AbortController();
  void child.exited.then(() => ending.abort(new Error('turbo has ended')));
  return {
    ended: ending.signal,
    async stop() {
      if (child.exitCode === null) child.kill('SIGINT');
      const timer = systemClock.after(STOP_MS, () => process.kill(-child.pid, 'SIGKILL'));
      await child.exited;
      timer[Symbol.dispose]();
    },
  };
}
