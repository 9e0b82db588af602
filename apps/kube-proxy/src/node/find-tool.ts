import { findExecutable, SYSTEM_DIRECTORIES } from '@hawser/config';

/** Finds one of the commands that kube-proxy works by, also where an ordinary PATH does not lead. */
export function findTool(name: 'nft' | 'ip' | 'perl', path?: string): string | undefined {
  return findExecutable(name, SYSTEM_DIRECTORIES, path);
}
