import { FlagError, type FlagTable, flagHelp, type Options, parseFlags } from './flags.ts';

/**
 * The command-line face of a service: parses its flags, prints help or every fault, and calls `start` with the
 * options. Exits 2 on a bad command line, 1 when `start` fails.
 */
export async function runService<T extends FlagTable>(
  program: string,
  table: T,
  start: (options: Options<T>, warnings: readonly string[]) => Promise<void>,
): Promise<void> {
  const argv = process.argv.slice(2);
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(flagHelp(program, table));
    return;
  }
  try {
    const { options, warnings } = parseFlags(table, argv);
    await start(options, warnings);
  } catch (error) {
    process.stderr.write(`${program}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(error instanceof FlagError ? 2 : 1);
  }
}
