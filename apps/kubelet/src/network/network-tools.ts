import { execFile } from 'node:child_process';
import { findExecutable, SYSTEM_DIRECTORIES } from '@hawser/config';

const TIMEOUT_MS = 10_000;

/** The commands that a network for pods is made with: of iproute2, util-linux and nftables. */
export interface NetworkTools {
  readonly ip: string;
  readonly unshare: string;
  readonly nsenter: string;
  /** Absent: no tunnel to nodes that are not on the same link. */
  readonly bridge: string | undefined;
  /** Absent: pods' addresses are seen outside, and there are no host ports. */
  readonly nft: string | undefined;
}

/** @returns the tools; without those that nothing can be done without, their names. */
export function findNetworkTools(path?: string): { tools: NetworkTools } | { missing: string[] } {
  const find = (name: string) => findExecutable(name, SYSTEM_DIRECTORIES, path);
  const [ip, unshare, nsenter] = ['ip', 'unshare', 'nsenter'].map((name) => find(name));
  if (ip && unshare && nsenter)
    return { tools: { ip, unshare, nsenter, bridge: find('bridge'), nft: find('nft') } };
  const needed = { ip, unshare, nsenter };
  return { missing: Object.entries(needed).flatMap(([name, found]) => (found ? [] : [name])) };
}

/** A command of the network's did not do what it should; the message is what it complained of. */
export class NetworkCommandError extends Error {
  override readonly name = 'NetworkCommandError';
}

/**
 * Runs a command to its end.
 * @param mayFail what it printed is of use though some of what it was to do failed.
 * @returns what it printed. @throws NetworkCommandError
 */
export function runTool(
  argv: readonly string[],
  stdin = '',
  { mayFail = false }: { readonly mayFail?: boolean } = {},
): Promise<string> {
  const [program = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      if (error === null || mayFail) resolve(stdout);
      else reject(new NetworkCommandError(`${argv.join(' ')}: ${stderr.trim() || error.message}`));
    });
    // One that ends without reading its input says itself what was wrong.
    child.stdin?.on('error', () => {});
    child.stdin?.end(stdin);
  });
}
