/** A command that failed, with what it complained of. */
export class CommandError extends Error {
  override name = 'CommandError';
}

/** How long a command may take: a big table takes nft some seconds. */
const TIMEOUT_MS = 120_000;

/**
 * Runs a command to its end and returns what it printed.
 * @throws CommandError when it cannot be run, fails or takes too long.
 */
export async function runCommand(argv: readonly string[], stdin = ''): Promise<string> {
  const [program = ''] = argv;
  const child = spawn(argv, stdin);
  const [stdout, stderr, exitCode] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  if (exitCode === 0) return stdout;
  const why = child.signalCode ?? `exit code ${exitCode}`;
  throw new CommandError(`${program}: ${firstLines(stderr) || why}`);
}

function spawn(argv: readonly string[], stdin: string) {
  try {
    return Bun.spawn([...argv], {
      stdin: Buffer.from(stdin),
      stdout: 'pipe',
      stderr: 'pipe',
      timeout: TIMEOUT_MS,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    });
  } catch (cause) {
    throw new CommandError(`${argv[0]} cannot be run`, { cause });
  }
}

/** nft complains of each line of a transaction: the first say enough. */
function firstLines(text: string): string {
  return text.trim().split('\n').slice(0, 6).join('\n');
}
