import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod } from '@hawser/api';
import type { Mount } from '../container-runtime/container-runtime.ts';
import { hostnameOf } from './container-config.ts';

/** The API server as pods find it by name. */
export interface HubName {
  readonly address: string;
  readonly clusterDomain: string;
}

/** What a pod is to know by name. */
export interface PodNames {
  /** Undefined where it has no address; the name that the kubelet knows it by is then what pods have. */
  readonly hub: HubName | undefined;
  /** The pod's address, where it is not the node's. */
  readonly ownIp: string | undefined;
}

/**
 * The files by which a pod finds others by name: /etc/hosts, with the Service `kubernetes`, the pod itself and its
 * `hostAliases`, and, where the pod asks for another one than the node's, /etc/resolv.conf by its `dnsPolicy` and
 * `dnsConfig`.
 */
export function networkFileMounts(pod: Pod, podDirectory: string, names: PodNames): Mount[] {
  const files = { hosts: hostsFile(pod, names), 'resolv.conf': resolverFile(pod, names.ownIp) };
  return Object.entries(files).flatMap(([name, content]) => {
    if (content === undefined) return [];
    const hostPath = join(podDirectory, `etc-${name}`);
    writeFileSync(hostPath, content, { mode: 0o644 });
    return [{ hostPath, containerPath: `/etc/${name}`, readonly: false }];
  });
}

/** The first entry of a name counts: what the node's administrator and the pod's author say comes before ours. */
function hostsFile(pod: Pod, { hub, ownIp }: PodNames): string | undefined {
  const aliases = pod.spec?.hostAliases ?? [];
  if (aliases.length === 0 && hub === undefined && ownIp === undefined) return undefined;
  const base = ownIp === undefined ? read('/etc/hosts').trimEnd() : ownHosts(pod, ownIp);
  const lines = aliases.map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}`);
  const ofAliases = lines.length === 0 ? [] : ['', '# Entries added by HostAliases.', ...lines];
  const ofHub = hub === undefined ? [] : ['', '# The Service kubernetes in default.', hubEntry(hub)];
  return `${[base, ...ofAliases, ...ofHub].join('\n')}\n`;
}

/** The node's own names mean nothing to a pod that is not on its network. */
function ownHosts(pod: Pod, ownIp: string): string {
  return [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    `${ownIp}\t${hostnameOf(pod)}`,
  ].join('\n');
}

/** Names of Services come from the cluster's DNS; this one is there without one. */
function hubEntry({ address, clusterDomain }: HubName): string {
  const name = 'kubernetes.default';
  return [address, `${name}.svc.${clusterDomain}`, `${name}.svc`, name, 'kubernetes'].join('\t');
}

function resolverFile({ spec }: Pod, ownIp: string | undefined): string | undefined {
  const { nameservers = [], searches = [], options = [] } = spec?.dnsConfig ?? {};
  const source = ownIp === undefined ? NODE_RESOLVER : resolverOfPods(read);
  if (spec?.dnsConfig === undefined && source === NODE_RESOLVER) return undefined;
  const base = spec?.dnsPolicy === 'None' ? '' : `${read(source).trimEnd()}\n`;
  const words = options.map(({ name, value }) => (value === undefined ? name : `${name}:${value}`));
  return [
    base,
    ...nameservers.map((address) => `nameserver ${address}\n`),
    searches.length > 0 ? `search ${searches.join(' ')}\n` : '',
    words.length > 0 ? `options ${words.join(' ')}\n` : '',
  ].join('');
}

const NODE_RESOLVER = '/etc/resolv.conf';
/** Where systemd-resolved writes the servers that it asks itself. */
const RESOLVED = '/run/systemd/resolve/resolv.conf';

/**
 * Whose servers a pod with an address of its own asks: one that listens on the node's loopback is not there for it
 * (upstream's `--resolv-conf` is for the same).
 */
export function resolverOfPods(readFile: (path: string) => string): string {
  const servers = [...readFile(NODE_RESOLVER).matchAll(/^nameserver\s+(\S+)/gm)].map(
    ([, address]) => address!,
  );
  const isOnLoopback = (address: string) => address.startsWith('127.') || address === '::1';
  const isUseless = servers.length > 0 && servers.every(isOnLoopback);
  return isUseless && /^nameserver\s/m.test(readFile(RESOLVED)) ? RESOLVED : NODE_RESOLVER;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
