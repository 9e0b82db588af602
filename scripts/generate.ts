// Writes what is generated into the files of the repository; with `--check`, only says what is stale.
import { join } from 'node:path';
import { GENERATORS, type Generator, regenerate } from './generators.ts';

const root = join(import.meta.dir, '..');
const isCheck = process.argv.includes('--check');

/** Undefined when the section was fresh (or has been written), else what is wrong. */
async function bringUpToDate(generator: Generator): Promise<string | undefined> {
  const path = join(root, generator.file);
  try {
    const fresh = await regenerate(root, generator);
    if ((await Bun.file(path).text()) === fresh) return undefined;
    if (isCheck) return `${generator.file}: section ${generator.section} is stale: run \`bun run generate\``;
    await Bun.write(path, fresh);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const faults: string[] = [];
// One after another: several write sections of the same file.
for (const generator of GENERATORS)
  faults.push(...[await bringUpToDate(generator)].filter((fault) => fault !== undefined));
for (const fault of faults) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);
