// Makes services into executables: `bun scripts/build.ts [SERVICE …] [--target bun-linux-arm64] [--outdir DIR]`.
// Without names all of them; without --outdir each goes to the `dist/` of its app.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileService } from './build/compile-service.ts';
import { EXECUTABLES } from './services.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    target: { type: 'string', default: `bun-${process.platform}-${process.arch}` },
    outdir: { type: 'string' },
  },
});
const services = positionals.length > 0 ? positionals : Object.keys(EXECUTABLES);
const unknown = services.filter((service) => !Object.hasOwn(EXECUTABLES, service));
if (unknown.length > 0) {
  console.error(`no such service: ${unknown.join(', ')} (there are ${Object.keys(EXECUTABLES).join(', ')})`);
  process.exit(2);
}
for (const service of services) {
  const outdir = values.outdir ?? join(import.meta.dir, '..', 'apps', service, 'dist');
  console.log(await compileService(service, values.target, outdir));
}
