import { join } from 'node:path';

/** The flags of a service, as it prints them itself: the reference cannot say anything else. */
export async function flagReference(root: string, app: string): Promise<string> {
  const child = Bun.spawn([process.execPath, join(root, 'apps', app, 'src/main.ts'), '--help'], {
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const help = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`apps/${app} --help failed`);
  return `\n\`\`\`\n${help.trimEnd()}\n\`\`\`\n`;
}
