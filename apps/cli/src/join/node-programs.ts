import { isIPv6 } from 'node:net';
import type { Ports } from '@hawser/config';
import { isLoopback, joinHostPort, splitHostPort } from '@hawser/dial';
import type { ClusterConfiguration } from '../cluster-configuration/cluster-configuration.ts';
import type { NodeDirectory } from './node-directory.ts';

/** The programs of a node. */
export type NodeProgram = 'kubelet' | 'konnectivity-agent' | 'kube-proxy';

/** With which a kubelet publishes its audit events. */
export interface NatsCredentials {
  readonly url: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** A node as its programs are to be told of it. */
export interface NodeSetting {
  readonly name: string;
  readonly ip: string;
  readonly directory: NodeDirectory;
  readonly cluster: ClusterConfiguration;
  readonly ports: Ports;
  readonly nats: NatsCredentials | undefined;
  /** Further flags, each program's after those that are made here: the last of a name counts. */
  readonly more: Readonly<Record<NodeProgram, readonly string[]>>;
}

/** The flags of each program that runs on a node, in the order in which they are started. */
export function nodeProgramFlags(
  setting: NodeSetting,
): readonly (readonly [NodeProgram, readonly string[]])[] {
  const { cluster, more } = setting;
  const programs: (readonly [NodeProgram, readonly string[]])[] = [
    ['kubelet', [...kubeletFlags(setting), ...more.kubelet]],
    ['kube-proxy', [...kubeProxyFlags(setting), ...more['kube-proxy']]],
  ];
  const { konnectivity } = cluster;
  if (konnectivity === undefined) return programs;
  const flags = [...agentFlags(setting, konnectivity.server), ...more['konnectivity-agent']];
  return [...programs, ['konnectivity-agent', flags]];
}

/**
 * Where ports are served that are for this machine alone: a node at a loopback address of its own shares 127.0.0.1
 * with others.
 */
export const privateHost = (ip: string): string => (isLoopback(ip) ? ip : '127.0.0.1');

function kubeletFlags({ name, ip, directory, cluster, ports, nats }: NodeSetting): string[] {
  return [
    ...['--hostname-override', name, '--node-ip', ip],
    ...['--bootstrap-kubeconfig', directory.bootstrapKubeconfig, '--kubeconfig', directory.kubeconfig],
    ...['--cert-dir', directory.certDir, '--root-dir', directory.root],
    ...['--address', ip, '--port', `${ports.kubelet}`],
    ...['--healthz-bind-address', privateHost(ip), '--healthz-port', `${ports.kubeletHealth}`],
    ...['--client-ca-file', directory.ca, '--cluster-domain', cluster.networking.dnsDomain],
    ...['--rotate-certificates', '--rotate-server-certificates'],
    // A node at a loopback address is a guest: the machine's network is not its own to change.
    ...(isLoopback(ip)
      ? ['--network-plugin', 'host']
      : ['--network-plugin', 'auto', '--kube-proxy-address', `${privateHost(ip)}:${ports.kubeProxyMetrics}`]),
    ...(nats === undefined ? [] : natsFlags(nats)),
  ];
}

function natsFlags({ url, caFile, certFile, keyFile }: NatsCredentials): string[] {
  return [
    '--nats-url',
    url,
    '--nats-ca-file',
    caFile,
    '--nats-cert-file',
    certFile,
    '--nats-key-file',
    keyFile,
  ];
}

function kubeProxyFlags({ name, ip, directory, cluster, ports }: NodeSetting): string[] {
  const at = (port: number) => joinHostPort({ host: privateHost(ip), port });
  return [
    ...['--kubeconfig', directory.kubeconfig, '--hostname-override', name],
    // As for the kubelet's --network-plugin.
    ...['--proxy-mode', isLoopback(ip) ? 'none' : 'auto', '--cluster-cidr', cluster.networking.podSubnet],
    ...['--healthz-bind-address', at(ports.kubeProxyHealth)],
    ...['--metrics-bind-address', at(ports.kubeProxyMetrics)],
  ];
}

/** The agent shows the certificate of the kubelet beside it. @throws Error when the server is no `host:port`. */
function agentFlags({ name, ip, directory, ports }: NodeSetting, server: string): string[] {
  const target = splitHostPort(server);
  if (target === undefined)
    throw new Error(`the Konnectivity server ${JSON.stringify(server)} is no host:port`);
  const family = isIPv6(ip) ? 'ipv6' : 'ipv4';
  return [
    ...['--proxy-server-host', target.host, '--proxy-server-port', `${target.port}`],
    ...['--agent-cert', directory.clientCertificate, '--agent-key', directory.clientCertificate],
    ...['--ca-cert', directory.konnectivityCa],
    ...['--agent-id', name, '--agent-identifiers', `${family}=${ip}&host=${name}`],
    ...['--health-server-host', privateHost(ip), '--health-server-port', `${ports.konnectivityAgentHealth}`],
    ...['--admin-bind-address', privateHost(ip), '--admin-server-port', `${ports.konnectivityAgentAdmin}`],
  ];
}
