import { Backoff, sleep, systemClock } from '@hawser/runtime';
import type { Subprocess } from 'bun';
import type { Argv } from '../services.ts';
import { LogFile } from './log-file.ts';
import { RepetitionFilter } from './repetition-filter.ts';
import { shortLine } from './short-line.ts';
import { tieToParent } from './tie-to-parent.ts';

export interface SupervisedProcessOptions {
  readonly argv: Argv;
  readonly logFile: string;
  /** Where the short form of what it says goes. */
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** A process that has run for this long is started again at once. */
const STABLE_MS = 10_000;
/** How long a process may take to stop before it is killed. */
const STOP_MS = 20_000;

/**
 * Runs a process until the signal aborts, starting it again with back-off when it ends by itself; then stops it
 * with SIGTERM and waits. Never rejects: one service that cannot run is no reason to stop the others.
 */
export async function superviseProcess(options: SupervisedProcessOptions): Promise<void> {
  const { print, signal } = options;
  const backoff = new Backoff({ initialMs: 500, maxMs: 10_000 });
  using log = new LogFile(options.logFile);
  while (!signal.aborted) {
    const startMs = performance.now();
    const how = await runOnce(options, log);
    if (signal.aborted) return;
    if (performance.now() - startMs > STABLE_MS) backoff.reset();
    const delayMs = backoff.next();
    print(
      `ended (${how}), starting it again in ${(delayMs / 1000).toFixed(1)} s; its log is ${options.logFile}`,
    );
    await sleep(delayMs, signal).catch(() => {});
  }
}

async function runOnce({ argv, print, signal }: SupervisedProcessOptions, log: LogFile): Promise<string> {
  const child = start(argv);
  const filter = new RepetitionFilter();
  if (child instanceof Error) return child.message;
  const onAbort = () => void stop(child);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const take = (line: string) => {
    log.append(line);
    if (line === '') return;
    const short = shortLine(line);
    if (short && filter.shows(short.message, performance.now())) print(short.text);
  };
  await Promise.all([eachLine(child.stdout, take), eachLine(child.stderr, take), child.exited]);
  signal.removeEventListener('abort', onAbort);
  return child.signalCode === null ? `exit code ${child.exitCode}` : `${child.signalCode}`;
}

/**
 * In a session of its own, so that Ctrl-C on the terminal reaches the supervisor only, who stops services in
 * order; and not outliving a supervisor that is killed.
 */
function start(argv: Argv): Subprocess<'ignore', 'pipe', 'pipe'> | Error {
  try {
    return Bun.spawn([...tieToParent('TERM'), ...argv], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      detached: true,
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function stop(child: Subprocess): Promise<void> {
  child.kill('SIGTERM');
  const timer = systemClock.after(STOP_MS, () => child.kill('SIGKILL'));
  await child.exited;
  timer[Symbol.dispose]();
}

async function eachLine(stream: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  }
  if (rest !== '') take(rest);
}
