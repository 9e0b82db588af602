import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomic } from '@hawser/runtime';
import type { ClusterConfiguration } from '../cluster-configuration/cluster-configuration.ts';
import type { NodeDirectory } from './node-directory.ts';

/** What a node remembers of its cluster and of itself. */
export interface KnownCluster {
  readonly ip: string;
  readonly cluster: ClusterConfiguration;
}

/** What was remembered; undefined when nothing was, or nothing that can be read. */
export function recallCluster({ known }: NodeDirectory): KnownCluster | undefined {
  if (!existsSync(known)) return undefined;
  try {
    const { ip, cluster } = JSON.parse(readFileSync(known, 'utf8')) as Partial<KnownCluster>;
    return ip && cluster?.networking ? { ip, cluster } : undefined;
  } catch {
    return undefined;
  }
}

export function rememberCluster({ known }: NodeDirectory, { ip, cluster }: KnownCluster): void {
  writeFileAtomic(known, `${JSON.stringify({ ip, cluster })}\n`);
}
