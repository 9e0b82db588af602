import type { Argv } from '../services.ts';
import { findNetworkTool, runNetworkTool } from './network-tool.ts';

/** The names of all network namespaces that `ip netns` knows. */
export function listNamespaces(): string[] {
  const lines = runNetworkTool([findNetworkTool('ip'), 'netns', 'list']).split('\n');
  return lines.map((line) => line.split(' ')[0]!).filter((name) => name !== '');
}

/** A command line that runs in a namespace; it keeps the number of the process that starts it. */
export function inNamespace(namespace: string, argv: Argv): Argv {
  return [findNetworkTool('ip'), 'netns', 'exec', namespace, ...argv];
}

/** Removes namespaces; one in which processes still run goes with the last of them. Others may remove them as well. */
export function removeNamespaces(names: readonly string[]): void {
  for (const name of names) {
    try {
      runNetworkTool([findNetworkTool('ip'), 'netns', 'delete', name]);
    } catch (error) {
      if (listNamespaces().includes(name)) throw error;
    }
  }
}

/** Why this process cannot make network namespaces; undefined when it can. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces need Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const probe = `hawser-${process.pid}-probe`;
  try {
    runNetworkTool([findNetworkTool('ip'), 'netns', 'add', probe]);
    removeNamespaces([probe]);
    return undefined;
  } catch (error) {
    return `no network namespaces here: ${error instanceof Error ? error.message : error}`;
  }
}
