import { Backoff, type Clock, sleep, systemClock } from '@hawser/runtime';
import type { Subprocess } from 'bun';
import { JoinError } from './join-error.ts';

/** A program with its command line. */
export interface SupervisedProgram {
  readonly name: string;
  readonly argv: readonly string[];
}

export interface Supervision {
  readonly programs: readonly SupervisedProgram[];
  readonly report: (line: string) => void;
  readonly clock?: Clock;
  /** How long a program may take to stop before it is killed. */
  readonly stopMs?: number;
}

/** A program that has run for this long is started again at once. */
const STABLE_MS = 10_000;
const STOP_MS = 30_000;
/** A service's exit code for a command line that it does not take: starting it again does not help. */
const USAGE_EXIT_CODE = 2;

/**
 * Runs programs until the signal aborts, starting each again with back-off when it ends by itself; then stops them
 * one after the other, in their order, with SIGTERM. What they say goes where this process's own output goes.
 * @throws JoinError when one cannot be started or does not take its flags; the others are stopped first.
 */
export async function supervisePrograms(supervision: Supervision, signal: AbortSignal): Promise<void> {
  const { programs } = supervision;
  const failing = new AbortController();
  const stops = programs.map(() => new AbortController());
  const runs = programs.map((program, index) =>
    runAgainAndAgain(program, supervision, stops[index]!.signal).catch((error: unknown) =>
      failing.abort(error),
    ),
  );
  const ending = AbortSignal.any([signal, failing.signal]);
  if (!ending.aborted)
    await new Promise((resolve) => ending.addEventListener('abort', resolve, { once: true }));
  for (const [index, stop] of stops.entries()) {
    stop.abort();
    await runs[index];
  }
  if (failing.signal.aborted) throw failing.signal.reason;
}

async function runAgainAndAgain(
  program: SupervisedProgram,
  { report, clock = systemClock, stopMs = STOP_MS }: Supervision,
  signal: AbortSignal,
): Promise<void> {
  const backoff = new Backoff({ initialMs: 500, maxMs: 10_000 });
  while (!signal.aborted) {
    const startMs = clock.now().getTime();
    const child = start(program);
    await untilEnded(child, stopMs, signal);
    if (signal.aborted) return;
    if (child.exitCode === USAGE_EXIT_CODE)
      throw new JoinError(`${program.name} does not take its command line: ${program.argv.join(' ')}`);
    if (clock.now().getTime() - startMs > STABLE_MS) backoff.reset();
    const delayMs = backoff.next();
    const how = child.signalCode ?? `exit code ${child.exitCode}`;
    report(`${program.name} ended (${how}), starting it again in ${(delayMs / 1000).toFixed(1)} s`);
    await sleep(delayMs, signal, clock).catch(() => {});
  }
}

/** In a session of its own: Ctrl-C reaches this process alone, which stops the others in order. */
function start({ name, argv }: SupervisedProgram): Subprocess {
  const [file = ''] = argv;
  if (Bun.which(file) === null)
    throw new JoinError(`${name} cannot be started: there is no executable ${file}`);
  return Bun.spawn([...tieToParent(), ...argv], { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
}

/** Where there is setpriv (util-linux), a program does not outlive a supervisor that is killed. */
function tieToParent(): readonly string[] {
  return Bun.which('setpriv') ? ['setpriv', '--pdeathsig', 'TERM', '--'] : [];
}

async function untilEnded(child: Subprocess, stopMs: number, signal: AbortSignal): Promise<void> {
  let timer: Disposable | undefined;
  const stop = () => {
    child.kill('SIGTERM');
    timer = systemClock.after(stopMs, () => child.kill('SIGKILL'));
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  await child.exited;
  signal.removeEventListener('abort', stop);
  timer?.[Symbol.dispose]();
}
