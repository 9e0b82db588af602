import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { BunPlugin } from 'bun';
import { PROGRAMS, type ProgramName } from '../services.ts';

const root = join(import.meta.dir, '../..');

/**
 * Makes one program a single executable, with Bun's runtime, the sources and SQLite within.
 * @param target a target of `bun build --compile`, such as `bun-linux-x64` or `bun-linux-arm64`.
 * @returns the executable's path. @throws AggregateError with what the bundler says.
 */
export async function compileService(name: ProgramName, target: string, outdir: string): Promise<string> {
  const { app, main, executable } = PROGRAMS[name];
  const outfile = resolve(outdir, executable);
  mkdirSync(dirname(outfile), { recursive: true });
  await Bun.build({
    entrypoints: [join(root, 'apps', app, 'src', main)],
    // Names stay: class names stand in logs, and a stack that can be read is worth some kilobytes.
    minify: { whitespace: true, syntax: true },
    sourcemap: 'inline',
    plugins: [embeddedSqlite(target)],
    compile: {
      target: target as Bun.Build.CompileTarget,
      outfile,
      // An executable is what it was built as, whatever lies in the directory that it is started in.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
  });
  // It is inside as well; the file beside is a leftover of the bundler.
  rmSync(`${outfile}.map`, { force: true });
  return outfile;
}

/**
 * The main entry of better-sqlite3 looks for its native part in node_modules at run time; the entry of a platform
 * names it in a way that is embedded.
 */
function embeddedSqlite(target: string): BunPlugin {
  const platform = target
    .replace(/^bun-/, '')
    .replace(/-(baseline|modern)$/, '')
    .replace(/^linux-(\w+)-musl$/, 'linuxmusl-$1');
  const from = join(root, 'libs/storage-sqlite');
  return {
    name: 'embedded-sqlite',
    setup(build) {
      build.onResolve({ filter: /^better-sqlite3$/ }, () => ({
        path: Bun.resolveSync(`better-sqlite3/${platform}`, from),
      }));
    },
  };
}
