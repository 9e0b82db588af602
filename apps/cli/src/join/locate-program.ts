import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { JoinError } from './join-error.ts';
import type { NodeProgram } from './node-programs.ts';

/** Each program's app, and its file in there. */
const SOURCES: Readonly<Record<NodeProgram, readonly [app: string, main: string]>> = {
  kubelet: ['kubelet', 'main.ts'],
  'konnectivity-agent': ['konnectivity', 'agent-main.ts'],
  'kube-proxy': ['kube-proxy', 'main.ts'],
};

/** Bun's root for what is compiled into an executable. */
const COMPILED = '/$bunfs/';

/**
 * How a program of the node is started: its executable in `directory`, by default beside this one; or its sources,
 * where this command runs from the sources.
 * @throws JoinError when there is none.
 */
export function locateProgram(program: NodeProgram, directory?: string): readonly string[] {
  if (directory === undefined && !import.meta.dir.startsWith(COMPILED)) {
    const [app, main] = SOURCES[program];
    return [process.execPath, join(import.meta.dir, '../../..', app, 'src', main)];
  }
  const executable = join(directory ?? dirname(process.execPath), `hawser-${program}`);
  if (existsSync(executable)) return [executable];
  throw new JoinError(`there is no ${executable}: --executables says where the node's programs are`);
}
