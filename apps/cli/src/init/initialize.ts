import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { natsConfiguration } from '@hawser/audit-nats';
import { type AuthorityFiles, type HomeLayout, homeLayout, nodeLayout, portsFor } from '@hawser/config';
import { joinHostPort } from '@hawser/dial';
import type { Clock } from '@hawser/runtime';
import type { ClusterConfiguration } from '../cluster-configuration/cluster-configuration.ts';
import { writeBootstrapManifests } from './bootstrap-manifests.ts';
import type { TrustedAuthority } from './certificate-files.ts';
import { writeEgressConfiguration } from './egress-configuration.ts';
import { hubNames, machineNames } from './hub-names.ts';
import { ensureUserKubeconfig } from './user-kubeconfig.ts';
import { writeIfDifferent } from './write-if-different.ts';
import { writeClusterPki, writeKonnectivityPki, writeNatsPki } from './write-pki.ts';

export interface InitializeOptions {
  /** The state directory. */
  readonly home: string;
  /** The hub's port; the others follow. */
  readonly port: number;
  /** DNS names and addresses by which the hub is reached, besides the usual ones. */
  readonly extraNames: readonly string[];
  /** The host at which nodes reach the hub, and Konnectivity and NATS beside it: an address or a DNS name. */
  readonly endpointHost: string;
  /** How the hub reaches nodes: those that join are told. */
  readonly egress: Egress;
  /** Where NATS listens, to which kubelets publish. */
  readonly natsAddress: string;
  /** Nodes to make directories and NATS client certificates for; those of earlier times stay. */
  readonly nodes: readonly string[];
  readonly clock: Clock;
}

export const EGRESSES = ['direct', 'ssh', 'konnectivity'] as const;
export type Egress = (typeof EGRESSES)[number];

/** Nodes are named as DNS-1123 subdomains; a directory is made of the name. */
const NODE_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/**
 * Makes or completes a state directory: keys, certificates, kubeconfigs, the configuration of NATS, the objects of
 * an installer. Offline, and repeatable: keys that exist stay, the rest is brought up to date (another port, more
 * names, certificates that run out). Throws for options that make no sense and for files that are not what their
 * names say.
 */
export function initialize(options: InitializeOptions): HomeLayout {
  const wrong = options.nodes.find((name) => !isNodeName(name));
  if (wrong !== undefined) throw new Error(`--node: ${JSON.stringify(wrong)} is not a node name`);
  const layout = homeLayout(options.home);
  const ports = portsFor(options.port);
  const now = options.clock.now();
  makeDirectories(layout, options.nodes);
  const extraNames = [...options.extraNames, options.endpointHost];
  const trusted = writeClusterPki(layout, hubNames(hostname(), extraNames), now);
  const names = machineNames(hostname(), extraNames);
  writeKonnectivityPki(layout, names, now);
  writeEgressConfiguration(layout, ports.konnectivityFrontEnd);
  const nodes = knownNodes(layout, options.nodes);
  writeNatsPki(layout, names, nodes, now);
  writeKubeconfigs(layout, `https://127.0.0.1:${ports.hub}`, trusted, now);
  writeBootstrapManifests(layout.hub.manifests, clusterConfiguration(options, layout));
  writeIfDifferent(
    layout.nats.config,
    natsConfiguration({
      address: options.natsAddress,
      port: ports.nats,
      storeDirectory: layout.nats.store,
      certificateFile: layout.natsPki.server.certificate,
      keyFile: layout.natsPki.server.key,
      clientCaFile: layout.natsPki.ca.bundle,
      nodes,
    }),
  );
  return layout;
}

/** What joining nodes are told. The ranges and the domain are the defaults of the services' flags. */
function clusterConfiguration(
  { endpointHost, egress, port }: InitializeOptions,
  { konnectivityPki, natsPki }: HomeLayout,
): ClusterConfiguration {
  const ports = portsFor(port);
  const reference = (server: string, { bundle }: AuthorityFiles) => ({
    server,
    certificateAuthority: readFileSync(bundle, 'utf8'),
  });
  const agents = joinHostPort({ host: endpointHost, port: ports.konnectivityAgents });
  return {
    networking: { dnsDomain: 'cluster.local', podSubnet: '10.244.0.0/16', serviceSubnet: '10.96.0.0/16' },
    ...(egress === 'konnectivity' && { konnectivity: reference(agents, konnectivityPki.ca) }),
    nats: reference(`tls://${joinHostPort({ host: endpointHost, port: ports.nats })}`, natsPki.ca),
  };
}

/** Nodes asked for now, and those that have a certificate already: who takes that away takes their access. */
function knownNodes({ natsPki }: HomeLayout, wanted: readonly string[]): string[] {
  const earlier = readdirSync(natsPki.nodes).filter((file) => file.endsWith('.crt'));
  const names = earlier.map((file) => file.slice(0, -'.crt'.length)).filter(isNodeName);
  return [...new Set([...names, ...wanted])].sort();
}

function isNodeName(name: string): boolean {
  return name.length <= 253 && NODE_NAME.test(name);
}

/** Only the owner looks in: there are private keys below. */
function makeDirectories(layout: HomeLayout, nodes: readonly string[]): void {
  const directories = [
    ...[layout.home, layout.natsPki.nodes, `${layout.home}/kubeconfigs`, layout.hub.manifests],
    ...[layout.nats.store, layout.logs, layout.nodes, layout.konnectivity.directory],
    layout.controllerManager.directory,
    ...nodes.map((name) => nodeLayout(layout.home, name).pki),
  ];
  for (const directory of directories) mkdirSync(directory, { recursive: true, mode: 0o700 });
}

function writeKubeconfigs(layout: HomeLayout, server: string, trusted: TrustedAuthority, now: Date): void {
  const { adminKubeconfig, kubeconfigs } = layout;
  const users = [
    // A group that RBAC rules, so that its rights can be taken back; system:masters cannot lose anything.
    { path: adminKubeconfig, commonName: 'kubernetes-admin', organizations: ['hawser:cluster-admins'] },
    { path: kubeconfigs.superAdmin, commonName: 'kubernetes-super-admin', organizations: ['system:masters'] },
    { path: kubeconfigs.controllerManager, commonName: 'system:kube-controller-manager' },
    { path: kubeconfigs.scheduler, commonName: 'system:kube-scheduler' },
    { path: kubeconfigs.konnectivityServer, commonName: 'system:konnectivity-server' },
  ];
  for (const { path, ...subject } of users) ensureUserKubeconfig(path, server, trusted, subject, now);
}
