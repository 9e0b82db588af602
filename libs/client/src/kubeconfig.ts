import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { writeFileAtomic } from '@hawser/runtime';
import { parse, stringify } from 'yaml';

/** The parts of a kubeconfig (`client-go/tools/clientcmd/api/v1`) that Hawser speaks; others are kept as they came. */
export interface KubeconfigCluster {
  server: string;
  'tls-server-name'?: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'proxy-url'?: string;
}

export interface KubeconfigUser {
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  exec?: object;
  'auth-provider'?: object;
}

export interface KubeconfigContext {
  cluster: string;
  user: string;
  namespace?: string;
}

export interface Kubeconfig {
  apiVersion: 'v1';
  kind: 'Config';
  preferences?: object;
  clusters: { name: string; cluster: KubeconfigCluster }[];
  users: { name: string; user: KubeconfigUser }[];
  contexts: { name: string; context: KubeconfigContext }[];
  'current-context': string;
}

/** A kubeconfig that cannot be used, and why. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

/** PEM text (or a bearer token) given in place, or the path of a file that holds it. */
export type Material = { readonly data: string } | { readonly file: string };

/** What `buildKubeconfig` takes. */
export interface KubeconfigParts {
  /** `https://host:port` of the API server. */
  readonly server: string;
  /** The certificates that the server's must chain to; required, as nothing here goes unverified. */
  readonly certificateAuthority: Material;
  readonly tlsServerName?: string;
  readonly clientCertificate?: Material;
  readonly clientKey?: Material;
  readonly token?: Material;
  readonly namespace?: string;
  /** Names inside the file; default `hawser`, the user name, `user@cluster`. */
  readonly clusterName?: string;
  readonly userName: string;
}

/** Makes a kubeconfig of one cluster, one user and one context, shaped as `kubectl config` makes them. */
export function buildKubeconfig(parts: KubeconfigParts): Kubeconfig {
  const clusterName = parts.clusterName ?? 'hawser';
  const contextName = `${parts.userName}@${clusterName}`;
  const cluster: KubeconfigCluster = {
    server: parts.server,
    ...(parts.tlsServerName === undefined ? {} : { 'tls-server-name': parts.tlsServerName }),
    ...pemEntry('certificate-authority', parts.certificateAuthority),
  };
  const user: KubeconfigUser = {
    ...pemEntry('client-certificate', parts.clientCertificate),
    ...pemEntry('client-key', parts.clientKey),
    ...tokenEntry(parts.token),
  };
  const namespace = parts.namespace === undefined ? {} : { namespace: parts.namespace };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    preferences: {},
    clusters: [{ name: clusterName, cluster }],
    users: [{ name: parts.userName, user }],
    contexts: [{ name: contextName, context: { cluster: clusterName, user: parts.userName, ...namespace } }],
    'current-context': contextName,
  };
}

function pemEntry(field: string, material: Material | undefined): Record<string, string> {
  if (material === undefined) return {};
  if ('file' in material) return { [field]: material.file };
  return { [`${field}-data`]: Buffer.from(material.data).toString('base64') };
}

function tokenEntry(token: Material | undefined): KubeconfigUser {
  if (token === undefined) return {};
  return 'file' in token ? { tokenFile: token.file } : { token: token.data };
}

/** The YAML text of a kubeconfig. */
export function formatKubeconfig(kubeconfig: Kubeconfig): string {
  return stringify(kubeconfig, { lineWidth: 0 });
}

/** Writes a kubeconfig whole or not at all, readable by its owner only. */
export function writeKubeconfig(path: string, kubeconfig: Kubeconfig): void {
  writeFileAtomic(path, formatKubeconfig(kubeconfig), 0o600);
}

/**
 * Reads a kubeconfig text (YAML or JSON).
 * @throws KubeconfigError when it is not one.
 */
export function parseKubeconfig(text: string): Kubeconfig {
  let value: Partial<Kubeconfig> | null;
  try {
    value = parse(text) as Partial<Kubeconfig> | null;
  } catch (cause) {
    throw new KubeconfigError('the kubeconfig is not YAML', { cause });
  }
  if (value === null || typeof value !== 'object' || value.kind !== 'Config')
    throw new KubeconfigError('not a kubeconfig: kind is not Config');
  const { clusters, users, contexts } = value;
  return {
    ...value,
    apiVersion: 'v1',
    kind: 'Config',
    clusters: clusters ?? [],
    users: users ?? [],
    contexts: contexts ?? [],
    'current-context': value['current-context'] ?? '',
  };
}

/**
 * Reads a kubeconfig file; the relative paths in it become absolute, being relative to the file.
 * @throws KubeconfigError when it cannot be read or is not one.
 */
export function loadKubeconfig(path: string): Kubeconfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new KubeconfigError(`cannot read the kubeconfig ${path}`, { cause });
  }
  const kubeconfig = parseKubeconfig(text);
  const directory = dirname(resolve(path));
  for (const { cluster } of kubeconfig.clusters) makeAbsolute(cluster, ['certificate-authority'], directory);
  for (const { user } of kubeconfig.users)
    makeAbsolute(user, ['client-certificate', 'client-key', 'tokenFile'], directory);
  return kubeconfig;
}

function makeAbsolute<T extends object>(entry: T, fields: (keyof T)[], directory: string): void {
  for (const field of fields) {
    const path = entry[field];
    if (typeof path === 'string' && path !== '' && !isAbsolute(path))
      entry[field] = resolve(directory, path) as T[keyof T];
  }
}

/** The cluster, user and namespace that a context of a kubeconfig names. */
export interface KubeconfigTarget {
  readonly cluster: KubeconfigCluster;
  readonly user: KubeconfigUser;
  readonly namespace: string;
}

/**
 * Looks up a context, by default the current one.
 * @throws KubeconfigError when it, its cluster or its user is missing.
 */
export function resolveContext(
  kubeconfig: Kubeconfig,
  name = kubeconfig['current-context'],
): KubeconfigTarget {
  const context = kubeconfig.contexts.find((entry) => entry.name === name)?.context;
  if (!context) throw new KubeconfigError(`context ${JSON.stringify(name)} does not exist`);
  const cluster = kubeconfig.clusters.find((entry) => entry.name === context.cluster)?.cluster;
  if (!cluster) throw new KubeconfigError(`cluster ${JSON.stringify(context.cluster)} does not exist`);
  const user = kubeconfig.users.find((entry) => entry.name === context.user)?.user;
  if (!user) throw new KubeconfigError(`user ${JSON.stringify(context.user)} does not exist`);
  return { cluster, user, namespace: context.namespace ?? 'default' };
}
