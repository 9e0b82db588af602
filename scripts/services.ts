import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { homeLayout, nodeLayout, portsFor } from '@hawser/config';
import { hubAddress, type Network, nodeAddress } from './network/addresses.ts';
import { sshFlags, sshHostKeyFlags } from './sshd.ts';

/** Where a cluster on this machine keeps its state, and the port of its hub. */
export interface ClusterPlace {
  readonly home: string;
  readonly port: number;
  /** Where the executables of `turbo run build` are; from the sources unless told. */
  readonly executables?: string;
  /** Directly unless told. */
  readonly egress?: Egress;
  /** Loopback unless told. */
  readonly network?: Network;
}

/** One program: a main of an app, and the executable that is made of it. */
export interface Program {
  readonly app: string;
  /** Its file in the app's `src`. */
  readonly main: string;
  readonly executable: string;
}

/** All programs by their names; most apps are one. */
export const PROGRAMS = {
  apiserver: { app: 'apiserver', main: 'main.ts', executable: 'hawser-apiserver' },
  'controller-manager': {
    app: 'controller-manager',
    main: 'main.ts',
    executable: 'hawser-controller-manager',
  },
  kubelet: { app: 'kubelet', main: 'main.ts', executable: 'hawser-kubelet' },
  'konnectivity-server': {
    app: 'konnectivity',
    main: 'server-main.ts',
    executable: 'hawser-konnectivity-server',
  },
  'konnectivity-agent': {
    app: 'konnectivity',
    main: 'agent-main.ts',
    executable: 'hawser-konnectivity-agent',
  },
  'kube-proxy': { app: 'kube-proxy', main: 'main.ts', executable: 'hawser-kube-proxy' },
  cli: { app: 'cli', main: 'main.ts', executable: 'hawser' },
} satisfies Record<string, Program>;

export type ProgramName = keyof typeof PROGRAMS;

/** How the hub reaches nodes, pods and services. */
export type Egress = 'direct' | 'ssh' | 'konnectivity';

/** A node of a development cluster: each has an address of its own. */
export interface DevNode {
  readonly name: string;
  readonly address: string;
}

/** A command line, program first. */
export type Argv = readonly string[];

const root = join(import.meta.dir, '..');

/** How a program is started: its executable, or Bun with its sources. */
export function programOf(name: ProgramName, executables?: string): Argv {
  const { app, main, executable } = PROGRAMS[name];
  if (executables !== undefined) return [join(executables, executable)];
  return [process.execPath, join(root, 'apps', app, 'src', main)];
}

/** The n-th node, from 1: `node-1` on 127.0.1.1, or on a host of its own. */
export function devNode(number: number, network?: Network): DevNode {
  return { name: `node-${number}`, address: nodeAddress(number, network) };
}

/** Where what nodes speak to listens. */
const listenAddress = ({ network }: ClusterPlace): string => (network === 'netns' ? '0.0.0.0' : '127.0.0.1');

/** The nats-server on PATH, where Debian puts it, or in `.tools/`; undefined when there is none. */
export function findNatsServer(): string | undefined {
  const candidates = [join(root, '.tools/bin/nats-server'), '/usr/sbin/nats-server'];
  return Bun.which('nats-server') ?? candidates.find((path) => existsSync(path));
}

/** `hawser init` for a cluster with so many nodes. */
export function initCommand(place: ClusterPlace, nodes: number): Argv {
  const names = Array.from({ length: nodes }, (_, index) => devNode(index + 1).name);
  return cliCommand(
    place,
    ...['init', '--home', place.home, '--port', `${place.port}`],
    ...(nodes === 0 ? [] : ['--node', names.join(',')]),
    ...['--control-plane-endpoint', hubAddress(place.network), '--egress', place.egress ?? 'direct'],
    ...['--nats-bind-address', listenAddress(place)],
  );
}

/** nats-server with what `hawser init` has written. */
export function natsCommand({ home }: ClusterPlace, natsServer: string): Argv {
  return [natsServer, '-c', homeLayout(home).nats.config];
}

/** The hub. */
export function apiserverCommand(place: ClusterPlace): Argv {
  const { home, port, executables } = place;
  const { pki, natsPki, hub } = homeLayout(home);
  return [
    ...programOf('apiserver', executables),
    ...['--bind-address', listenAddress(place), '--secure-port', `${port}`],
    ...['--tls-cert-file', pki.apiserver.certificate, '--tls-private-key-file', pki.apiserver.key],
    ...['--client-ca-file', pki.ca.bundle],
    ...['--kubelet-certificate-authority', pki.ca.bundle],
    ...['--kubelet-client-certificate', pki.apiserverKubeletClient.certificate],
    ...['--kubelet-client-key', pki.apiserverKubeletClient.key],
    ...['--service-account-key-file', pki.serviceAccount.publicKey],
    ...['--service-account-signing-key-file', pki.serviceAccount.key],
    ...['--service-account-issuer', 'https://kubernetes.default.svc.cluster.local'],
    ...[
      '--encryption-provider-config',
      hub.encryptionConfig,
      '--encryption-provider-config-automatic-reload',
    ],
    ...['--authorization-mode', 'Node,RBAC', '--enable-bootstrap-token-auth'],
    ...['--service-cluster-ip-range', '10.96.0.0/16'],
    ...['--data-dir', hub.directory, '--bootstrap-manifests-dir', hub.manifests],
    ...['--nats-url', `tls://127.0.0.1:${portsFor(port).nats}`, '--nats-ca-file', natsPki.ca.bundle],
    ...['--nats-cert-file', natsPki.apiserver.certificate, '--nats-key-file', natsPki.apiserver.key],
    // Without a network of their own all nodes of a development cluster are on loopback addresses.
    ...(place.network === 'netns'
      ? ['--advertise-address', hubAddress(place.network)]
      : ['--allow-loopback-targets']),
    ...egressFlags(place),
  ];
}

function egressFlags(place: ClusterPlace): Argv {
  const { home, egress = 'direct' } = place;
  const { konnectivity } = homeLayout(home);
  const flags: Readonly<Record<Egress, Argv>> = {
    direct: [],
    ssh: sshFlags(place),
    konnectivity: ['--egress-selector-config-file', konnectivity.egressSelectorConfiguration],
  };
  return flags[egress];
}

/** Where the hub's connections towards nodes come in, over mTLS or by a unix socket, and agents call. */
export function konnectivityServerCommand(place: ClusterPlace, udsName?: string): Argv {
  const { home, port, executables } = place;
  const { pki, konnectivityPki, natsPki, kubeconfigs, konnectivity } = homeLayout(home);
  const ports = portsFor(port);
  return [
    ...programOf('konnectivity-server', executables),
    ...['--kubeconfig', kubeconfigs.konnectivityServer, '--mode', 'http-connect'],
    ...(udsName === undefined ? tlsFrontEnd(place) : ['--server-port', '0', '--uds-name', udsName]),
    ...['--agent-bind-address', listenAddress(place), '--agent-port', `${ports.konnectivityAgents}`],
    ...['--cluster-cert', konnectivityPki.server.certificate, '--cluster-key', konnectivityPki.server.key],
    ...['--cluster-ca-cert', pki.ca.bundle],
    ...['--admin-bind-address', '127.0.0.1', '--admin-port', `${ports.konnectivityAdmin}`],
    ...['--health-bind-address', '127.0.0.1', '--health-port', `${ports.konnectivityHealth}`],
    ...['--data-dir', konnectivity.directory],
    ...['--nats-url', `tls://127.0.0.1:${ports.nats}`, '--nats-ca-file', natsPki.ca.bundle],
    ...['--nats-cert-file', natsPki.konnectivityServer.certificate],
    ...['--nats-key-file', natsPki.konnectivityServer.key],
  ];
}

function tlsFrontEnd({ home, port }: ClusterPlace): Argv {
  const { ca, server } = homeLayout(home).konnectivityPki;
  return [
    ...['--server-bind-address', '127.0.0.1', '--server-port', `${portsFor(port).konnectivityFrontEnd}`],
    ...['--server-cert', server.certificate, '--server-key', server.key],
    ...['--server-ca-cert', ca.bundle],
  ];
}

/** The Konnectivity agent of one node, which shows the certificate of its kubelet. */
export function konnectivityAgentCommand(
  { home, port, executables, network }: ClusterPlace,
  { name, address }: DevNode,
): Argv {
  const node = nodeLayout(home, name);
  const ports = portsFor(port);
  return [
    ...programOf('konnectivity-agent', executables),
    ...['--proxy-server-host', hubAddress(network), '--proxy-server-port', `${ports.konnectivityAgents}`],
    ...['--agent-cert', node.clientCertificate, '--agent-key', node.clientCertificate],
    ...['--ca-cert', homeLayout(home).konnectivityPki.ca.bundle],
    ...['--agent-id', name, '--agent-identifiers', `ipv4=${address}&host=${name}`],
    ...['--health-server-host', address, '--health-server-port', `${ports.konnectivityAgentHealth}`],
    ...['--admin-bind-address', address, '--admin-server-port', `${ports.konnectivityAgentAdmin}`],
  ];
}

/** All loops and the scheduler. */
export function controllerManagerCommand({ home, port, executables, network }: ClusterPlace): Argv {
  const { pki, natsPki, kubeconfigs, controllerManager } = homeLayout(home);
  const ports = portsFor(port);
  return [
    ...programOf('controller-manager', executables),
    ...['--kubeconfig', kubeconfigs.controllerManager, '--scheduler-kubeconfig', kubeconfigs.scheduler],
    ...['--cluster-signing-cert-file', pki.ca.certificate, '--cluster-signing-key-file', pki.ca.key],
    ...['--root-ca-file', pki.ca.bundle, '--client-ca-file', pki.ca.bundle],
    ...['--service-account-private-key-file', pki.serviceAccount.key],
    ...['--cluster-info-server', `https://${hubAddress(network)}:${port}`],
    ...['--approve-kubelet-serving', 'strict'],
    // Without a network of their own nodes have loopback addresses of this machine.
    ...(network === 'netns' ? [] : ['--allow-loopback-nodes']),
    ...['--bind-address', '127.0.0.1', '--secure-port', `${ports.controllerManager}`],
    ...['--data-dir', controllerManager.directory],
    ...['--nats-url', `tls://127.0.0.1:${ports.nats}`, '--nats-ca-file', natsPki.ca.bundle],
    ...['--nats-cert-file', natsPki.controllerManager.certificate],
    ...['--nats-key-file', natsPki.controllerManager.key],
  ];
}

/** The kubelet of one node. */
export function kubeletCommand(place: ClusterPlace, { name, address }: DevNode): Argv {
  const { home, port, executables, network, egress } = place;
  const node = nodeLayout(home, name);
  const { pki, natsPki } = homeLayout(home);
  const ports = portsFor(port);
  return [
    ...programOf('kubelet', executables),
    ...['--hostname-override', name, '--node-ip', address],
    ...['--bootstrap-kubeconfig', node.bootstrapKubeconfig, '--kubeconfig', node.kubeconfig],
    ...['--cert-dir', node.pki, '--root-dir', node.directory],
    ...['--address', address, '--port', `${ports.kubelet}`],
    ...['--healthz-bind-address', address, '--healthz-port', `${ports.kubeletHealth}`],
    // Nodes on loopback addresses share this machine's network, which is not theirs to change.
    ...(network === 'netns'
      ? ['--network-plugin', 'auto', '--kube-proxy-address', `${address}:${ports.kubeProxyMetrics}`]
      : ['--network-plugin', 'host']),
    ...['--client-ca-file', pki.ca.bundle],
    ...['--nats-url', `tls://${hubAddress(network)}:${ports.nats}`, '--nats-ca-file', natsPki.ca.bundle],
    ...['--nats-cert-file', node.natsClient.certificate, '--nats-key-file', node.natsClient.key],
    ...['--rotate-certificates', '--rotate-server-certificates'],
    // A node here is stopped with its machine, so to say: it leaves no process behind.
    ...['--shutdown-grace-period', '5s'],
    ...(egress === 'ssh' ? sshHostKeyFlags(place, name) : []),
  ];
}

/** The kube-proxy of one node, which asks the hub with the identity of its kubelet. */
export function kubeProxyCommand(
  { home, port, executables, network }: ClusterPlace,
  { name, address }: DevNode,
): Argv {
  const ports = portsFor(port);
  return [
    ...programOf('kube-proxy', executables),
    ...['--kubeconfig', nodeLayout(home, name).kubeconfig, '--hostname-override', name],
    // As for the kubelet's --network-plugin.
    ...['--proxy-mode', network === 'netns' ? 'auto' : 'none', '--cluster-cidr', '10.244.0.0/16'],
    ...['--healthz-bind-address', `${address}:${ports.kubeProxyHealth}`],
    ...['--metrics-bind-address', `${address}:${ports.kubeProxyMetrics}`],
  ];
}

/** The `hawser` command with these arguments. */
export function cliCommand({ executables }: Pick<ClusterPlace, 'executables'>, ...args: string[]): Argv {
  return [...programOf('cli', executables), ...args];
}
