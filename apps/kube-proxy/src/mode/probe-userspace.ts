import { findTool } from '../node/find-tool.ts';
import { runCommand } from '../node/run-command.ts';

/** Of the loopback range, so that it is in nobody's way, and not where anything listens. */
const PROBE = '127.255.255.254/32';

/** Whether this process may own addresses: tries it. @returns why not, or undefined. */
export async function probeUserspace(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'addresses are owned by Linux means';
  const ip = findTool('ip');
  if (ip === undefined) return 'there is no ip command';
  try {
    await runCommand([ip, 'address', 'replace', PROBE, 'dev', 'lo']);
    await runCommand([ip, 'address', 'delete', PROBE, 'dev', 'lo']);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : `${error}`;
  }
}
