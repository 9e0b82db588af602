import { join } from 'node:path';
import { type ProgramName, programOf } from './services.ts';

/** The flags of a program, as it prints them itself: the reference cannot say anything else. */
export async function flagReference(name: ProgramName): Promise<string> {
  const child = Bun.spawn([...programOf(name), '--help'], {
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const help = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`${name} --help failed`);
  return `\n\`\`\`\n${help.trimEnd()}\n\`\`\`\n`;
}

/** What every command of `hawser` takes, in its own words. */
export async function commandReference(root: string): Promise<string> {
  const child = Bun.spawn([process.execPath, join(root, 'apps/cli/src/command-reference.ts')], {
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error('the reference of commands could not be made');
  return `\n${text}`;
}
