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
