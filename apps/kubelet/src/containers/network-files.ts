import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod } from '@hawser/api';
import type { Mount } from '../container-runtime/container-runtime.ts';

/**
 * The files by which a pod finds others by name, where it asks for other ones than the node's: /etc/hosts with
 * its `hostAliases`, /etc/resolv.conf by its `dnsPolicy` and `dnsConfig`.
 */
export function networkFileMounts(pod: Pod, podDirectory: string): Mount[] {
  const files = { hosts: hostsFile(pod), 'resolv.conf': resolverFile(pod) };
  return Object.entries(files).flatMap(([name, content]) => {
    if (content === undefined) return [];
    const hostPath = join(podDirectory, `etc-${name}`);
    writeFileSync(hostPath, content, { mode: 0o644 });
    return [{ hostPath, containerPath: `/etc/${name}`, readonly: false }];
  });
}

function hostsFile({ spec }: Pod): string | undefined {
  const aliases = spec?.hostAliases ?? [];
  if (aliases.length === 0) return undefined;
  const lines = aliases.map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}`);
  return `${read('/etc/hosts').trimEnd()}\n\n# Entries added by HostAliases.\n${lines.join('\n')}\n`;
}

function resolverFile({ spec }: Pod): string | undefined {
  const { nameservers = [], searches = [], options = [] } = spec?.dnsConfig ?? {};
  if (spec?.dnsConfig === undefined) return undefined;
  const base = spec.dnsPolicy === 'None' ? '' : `${read('/etc/resolv.conf').trimEnd()}\n`;
  const words = options.map(({ name, value }) => (value === undefined ? name : `${name}:${value}`));
  return [
    base,
    ...nameservers.map((address) => `nameserver ${address}\n`),
    searches.length > 0 ? `search ${searches.join(' ')}\n` : '',
    words.length > 0 ? `options ${words.join(' ')}\n` : '',
  ].join('');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
