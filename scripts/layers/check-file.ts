import { basename, dirname, join } from 'node:path';
import {
  EMPTY_NAMES,
  ENVIRONMENT_READERS,
  isAllowed,
  layerOf,
  OUTBOUND_RULES,
  SHARED_FOLDERS,
} from './layer-rules.ts';
import { type SourceImport, sourceImports } from './source-imports.ts';
import type { WorkspacePackage } from './workspace-packages.ts';

/** Everything wrong with the imports of one source file, one line each, as `path:line: what`. */
export function checkFile(
  path: string,
  source: string,
  owner: WorkspacePackage,
  packages: readonly WorkspacePackage[],
): string[] {
  const faults = sourceImports(source).flatMap((each) => {
    const fault = checkImport(path, each, owner, packages);
    return fault ? [`${path}:${each.line}: ${fault}`] : [];
  });
  return [
    ...faults,
    ...checkName(path),
    ...checkEnvironment(path, source, owner),
    ...checkOutbound(path, source, owner),
  ];
}

function checkImport(
  path: string,
  { specifier }: SourceImport,
  owner: WorkspacePackage,
  packages: readonly WorkspacePackage[],
): string | undefined {
  if (/^(node|bun):|^bun$/.test(specifier)) return undefined;
  if (specifier.startsWith('.')) return checkRelative(path, specifier, owner);
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const target = packages.find((each) => each.name === name);
  if (target) return checkPackage(specifier, owner, target);
  // Folders that are no packages find what the packages have in common, hoisted.
  if (owner.name === owner.directory) return undefined;
  return owner.dependencies.has(name) ? undefined : `${name} is not in the package's dependencies`;
}

function checkRelative(path: string, specifier: string, owner: WorkspacePackage): string | undefined {
  const target = join(dirname(path), specifier);
  const shared = SHARED_FOLDERS[owner.directory] ?? [];
  return [owner.directory, ...shared].some((folder) => target.startsWith(`${folder}/`))
    ? undefined
    : `${specifier} reaches into another package`;
}

function checkPackage(
  specifier: string,
  owner: WorkspacePackage,
  target: WorkspacePackage,
): string | undefined {
  if (specifier !== target.name && specifier !== `${target.name}/testing`) {
    return `${specifier} is a deep import: packages export only \`.\` and \`./testing\``;
  }
  if (!isAllowed(owner.directory, target.directory)) {
    return `${owner.directory} (${layerOf(owner.directory)}) may not import ${target.directory} (${layerOf(target.directory)})`;
  }
  if (owner.name === owner.directory || owner.dependencies.has(target.name)) return undefined;
  return `${target.name} is not in the package's dependencies`;
}

function checkName(path: string): string[] {
  const names = [basename(dirname(path)), basename(path).replace(/\..*$/, '')];
  return names.some((name) => EMPTY_NAMES.includes(name))
    ? [`${path}:1: the name says nothing about what is inside`]
    : [];
}

function checkEnvironment(path: string, source: string, owner: WorkspacePackage): string[] {
  if (ENVIRONMENT_READERS.includes(owner.directory)) return [];
  return source
    .split('\n')
    .flatMap((text, index) =>
      /\b(process|Bun)\.env\b/.test(text) && !/^\s*(\/\/|\*|\/\*)/.test(text)
        ? [`${path}:${index + 1}: the environment is read by readEnvironment of libs/config only`]
        : [],
    );
}

/** Tests make the peers of what they test. */
function checkOutbound(path: string, source: string, owner: WorkspacePackage): string[] {
  if (/\.test(ing)?\.ts$/.test(path)) return [];
  return OUTBOUND_RULES.filter((rule) => rule.owner === owner.directory && !rule.only.includes(path)).flatMap(
    ({ pattern, why }) =>
      [...source.matchAll(new RegExp(pattern, 'g'))].map(
        (match) => `${path}:${source.slice(0, match.index).split('\n').length}: ${match[0]}: ${why}`,
      ),
  );
}
