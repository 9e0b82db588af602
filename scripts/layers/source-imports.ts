/** A module specifier and the line on which it stands. */
export interface SourceImport {
  readonly specifier: string;
  readonly line: number;
}

/**
 * `import … from`, `export … from`, `import '…'` and `import('…')`. A pattern and not a parser: TypeScript 7 has
 * no compiler API, Bun's transpiler leaves type-only imports out, and the formatter fixes the shapes.
 */
const IMPORT =
  /^(?:import|export)\b[^'"`;]*?\bfrom\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

/** All modules that a source text imports, types included. */
export function sourceImports(source: string): SourceImport[] {
  return [...source.matchAll(IMPORT)].map((match) => ({
    specifier: match[1] ?? match[2] ?? match[3] ?? '',
    line: source.slice(0, match.index).split('\n').length,
  }));
}
