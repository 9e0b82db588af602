// Checks the imports of every source against the layers: `bun scripts/layers.ts`.
import { join } from 'node:path';
import { checkFile } from './layers/check-file.ts';
import { layerOf } from './layers/layer-rules.ts';
import { readWorkspace } from './layers/workspace-packages.ts';

const root = join(import.meta.dir, '..');
const packages = await readWorkspace(root);
const strangers = packages
  .filter(({ directory }) => layerOf(directory) === undefined)
  .map(({ directory }) => `${directory}: in no layer of scripts/layers/layer-rules.ts`);
const perFile = await Promise.all(
  packages.flatMap((owner) =>
    owner.files.map(async (path) =>
      checkFile(path, await Bun.file(join(root, path)).text(), owner, packages),
    ),
  ),
);
const faults = [...strangers, ...perFile.flat()];
for (const fault of faults) console.error(fault);
console.log(`layers: ${perFile.length} files in ${packages.length} packages, ${faults.length} faults`);
process.exit(faults.length > 0 ? 1 : 0);
