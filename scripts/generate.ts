// Writes what is generated into the files of the repository; with `--check`, only says what is stale.
import { join } from 'node:path';
import { GENERATORS, regenerate } from './generators.ts';

const root = join(import.meta.dir, '..');
const isCheck = process.argv.includes('--check');
let staleCount = 0;
for (const generator of GENERATORS) {
  const path = join(root, generator.file);
  const fresh = await regenerate(root, generator);
  if ((await Bun.file(path).text()) === fresh) continue;
  if (!isCheck) await Bun.write(path, fresh);
  console.log(
    `${generator.file}: section ${generator.section} ${isCheck ? 'is stale: run `bun run generate`' : 'written'}`,
  );
  staleCount += 1;
}
process.exit(isCheck && staleCount > 0 ? 1 : 0);
