import { join } from 'node:path';
import { commandReference, flagReference } from './flag-reference.ts';
import { drawLayers } from './layers/draw-layers.ts';
import { readWorkspace } from './layers/workspace-packages.ts';

/** Programs whose flags the reference has. */
const DOCUMENTED = [
  'apiserver',
  'controller-manager',
  'kubelet',
  'konnectivity-server',
  'konnectivity-agent',
  'kube-proxy',
] as const;

/** A text that is made from the sources, and where it stands: between two marks in a file. */
export interface Generator {
  readonly file: string;
  /** The part between `<!-- generated: NAME -->` and `<!-- end: NAME -->`. */
  readonly section: string;
  readonly render: (root: string) => Promise<string>;
}

/** Add a line here for each new one; `bun scripts/generate.ts` writes them, the check compares. */
export const GENERATORS: readonly Generator[] = [
  {
    file: 'ARCHITECTURE.md',
    section: 'layers',
    render: async (root) => drawLayers(await readWorkspace(root)),
  },
  ...DOCUMENTED.map((name) => ({
    file: 'docs/reference/flags.md',
    section: name,
    render: () => flagReference(name),
  })),
  { file: 'docs/reference/commands.md', section: 'commands', render: commandReference },
];

/** The whole file as it should be. Throws when the file or the marks of the section are missing. */
export async function regenerate(root: string, { file, section, render }: Generator): Promise<string> {
  const source = Bun.file(join(root, file));
  if (!(await source.exists())) throw new Error(`${file} does not exist`);
  const text = await source.text();
  const begin = `<!-- generated: ${section} -->`;
  const end = `<!-- end: ${section} -->`;
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no section ${begin} … ${end}`);
  return `${text.slice(0, from)}${begin}\n${await render(root)}\n${text.slice(to)}`;
}
