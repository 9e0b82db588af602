import { join } from 'node:path';

/** One thing that a check runs: a command, and for test runs, that its counts matter. */
export interface Step {
  readonly name: string;
  readonly argv: readonly string[];
}

export interface StepResult {
  readonly exitCode: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const root = join(import.meta.dir, '..');
const bin = (name: string) => join(root, 'node_modules/.bin', name);

/** Everything that needs no service to be started; the same locally, before a commit, and in CI. */
export const CHECK_STEPS: readonly Step[] = [
  { name: 'format and lint', argv: [bin('biome'), 'check', '--error-on-warnings'] },
  { name: 'types', argv: ['bun', bin('tsc'), '--noEmit', '-p', '.'] },
  { name: 'layers', argv: ['bun', 'scripts/layers.ts'] },
  { name: 'generated is fresh', argv: ['bun', 'scripts/generate.ts', '--check'] },
  { name: 'unit tests', argv: ['bun', 'test', '--only-failures', 'libs', 'apps', 'scripts'] },
];

/** Spawned services, real NATS, real kubectl. */
export const END_TO_END_STEPS: readonly Step[] = [
  { name: 'integration and end-to-end tests', argv: ['bun', 'test', 'tests'] },
];

/**
 * Runs all steps, whatever fails on the way, and prints a last line `N passed, N failed` that sums up bun's
 * counts; a step that fails without counting tests counts as one failure. Returns the exit code.
 */
export async function runSteps(steps: readonly Step[]): Promise<number> {
  const results: StepResult[] = [];
  for (const step of steps) results.push(await runStep(step));
  const sum = (pick: (result: StepResult) => number) =>
    results.reduce((total, result) => total + pick(result), 0);
  const [passed, failed, skipped] = [sum((r) => r.passed), sum((r) => r.failed), sum((r) => r.skipped)];
  if (skipped > 0) console.log(`\n${skipped} skipped`);
  console.log(`\n${passed} passed, ${failed} failed`);
  return results.some(({ exitCode }) => exitCode !== 0) || failed > 0 ? 1 : 0;
}

async function runStep({ name, argv }: Step): Promise<StepResult> {
  console.log(`\n== ${name}`);
  const startMs = performance.now();
  const child = Bun.spawn([...argv], { cwd: root, stdout: 'pipe', stderr: 'pipe', stdin: 'ignore' });
  const output = await Promise.all([
    passOn(child.stdout, process.stdout),
    passOn(child.stderr, process.stderr),
  ]);
  const exitCode = await child.exited;
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(`== ${name}: ${exitCode === 0 ? 'ok' : 'FAILED'} (${seconds} s)`);
  return { exitCode, ...countTests(output.join('\n'), exitCode) };
}

/** Prints what a step says as it says it, and returns it. */
async function passOn(stream: ReadableStream<Uint8Array>, to: NodeJS.WriteStream): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stream) {
    to.write(chunk);
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

/** Bun ends a run with lines such as ` 12 pass` and ` 1 fail`, coloured on a terminal. */
export function countTests(output: string, exitCode: number): Omit<StepResult, 'exitCode'> {
  const plain = Bun.stripANSI(output);
  const count = (word: string) =>
    [...plain.matchAll(new RegExp(`^ *(\\d+) ${word}$`, 'gm'))].reduce(
      (sum, match) => sum + Number(match[1]),
      0,
    );
  const failed = count('fail');
  return {
    passed: count('pass'),
    failed: exitCode !== 0 && failed === 0 ? 1 : failed,
    skipped: count('skip') + count('todo'),
  };
}
