// Makes services into executables: `bun scripts/build.ts [APP …] [--target bun-linux-arm64] [--outdir DIR]`.
// Without names all of them; without --outdir each goes to the `dist/` of its app.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileService } from './build/compile-service.ts';
import { PROGRAMS, type ProgramName } from './services.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    target: { type: 'string', default: `bun-${process.platform}-${process.arch}` },
    outdir: { type: 'string' },
  },
});
const apps = new Set(Object.values(PROGRAMS).map(({ app }) => app));
const unknown = positionals.filter((app) => !apps.has(app));
if (unknown.length > 0) {
  console.error(`no such app: ${unknown.join(', ')} (there are ${[...apps].join(', ')})`);
  process.exit(2);
}
for (const name of Object.keys(PROGRAMS) as ProgramName[]) {
  const { app } = PROGRAMS[name];
  if (positionals.length > 0 && !positionals.includes(app)) continue;
  const outdir = values.outdir ?? join(import.meta.dir, '..', 'apps', app, 'dist');
  console.log(await compileService(name, values.target, outdir));
}
