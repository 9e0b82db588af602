import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Glob } from 'bun';

/** A package of the monorepo, or a folder of sources that is none (`scripts`, `bench`). */
export interface WorkspacePackage {
  /** From the project root, such as `libs/pki`. */
  readonly directory: string;
  /** As imports name it; the directory for a folder that is no package. */
  readonly name: string;
  /** Everything in its package.json that it may import. */
  readonly dependencies: ReadonlySet<string>;
  /** Source files from the project root. */
  readonly files: readonly string[];
}

interface Manifest {
  name?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** Reads all packages and their sources. Folders outside the workspaces may use the root's dependencies. */
export async function readWorkspace(root: string): Promise<WorkspacePackage[]> {
  const workspaces = [...new Glob('{apps,libs}/*/package.json').scanSync(root)].map((path) =>
    path.slice(0, -13),
  );
  const folders = [...workspaces, 'tests', 'bench', 'scripts'].filter((folder) =>
    existsSync(join(root, folder)),
  );
  return Promise.all(folders.sort().map((directory) => readPackage(root, directory)));
}

async function readPackage(root: string, directory: string): Promise<WorkspacePackage> {
  const own = Bun.file(join(root, directory, 'package.json'));
  const isPackage = await own.exists();
  const manifest: Manifest = isPackage ? await own.json() : {};
  const rootManifest: Manifest = await Bun.file(join(root, 'package.json')).json();
  const files = [...new Glob('**/*.{ts,mts,mjs}').scanSync(join(root, directory))]
    .filter((file) => !file.includes('node_modules/'))
    .map((file) => `${directory}/${file}`)
    .sort();
  return {
    directory,
    name: manifest.name ?? directory,
    // Root devDependencies (bun-types, the test runner) are everybody's.
    dependencies: new Set(
      [manifest.dependencies, manifest.devDependencies, rootManifest.devDependencies].flatMap((each) =>
        Object.keys(each ?? {}),
      ),
    ),
    files,
  };
}
