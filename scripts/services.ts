import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { homeLayout, nodeLayout, portsFor } from '@hawser/config';

/** Where a cluster on this machine keeps its state, and the port of its hub. */
export interface ClusterPlace {
  readonly home: string;
  readonly port: number;
  /** Where the executables of `turbo run build` are; from the sources unless told. */
  readonly executables?: string;
}

/** What the executable of each app is called. */
export const EXECUTABLES: Readonly<Record<string, string>> = {
  apiserver: 'hawser-apiserver',
  'controller-manager': 'hawser-controller-manager',
  kubelet: 'hawser-kubelet',
  cli: 'hawser',
};

/** A node of a development cluster: each has a loopback address of its own. */
export interface DevNode {
  readonly name: string;
  readonly address: string;
}

/** A command line, program first. */
export type Argv = readonly string[];

const root = join(import.meta.dir, '..');

/** How an app is started: its executable, or Bun with its sources. */
function programOf(app: string, executables?: string): Argv {
  if (executables !== undefined) return [join(executables, EXECUTABLES[app]!)];
  return [process.execPath, join(root, 'apps', app, 'src/main.ts')];
}

/** The n-th node, from 1: `node-1` on 127.0.1.1. */
export function devNode(number: number): DevNode {
  return { name: `node-${number}`, address: `127.0.1.${number}` };
}

/** The nats-server on PATH, where Debian puts it, or in `.tools/`; undefined when there is none. */
export function findNatsServer(): string | undefined {
  const candidates = [join(root, '.tools/bin/nats-server'), '/usr/sbin/nats-server'];
  return Bun.which('nats-server') ?? candidates.find((path) => existsSync(path));
}

/** nats-server with what `hawser init` has written. */
export function natsCommand({ home }: ClusterPlace, natsServer: string): Argv {
  return [natsServer, '-c', homeLayout(home).nats.config];
}

/** The hub. */
export function apiserverCommand({ home, port, executables }: ClusterPlace): Argv {
  const { pki, natsPki, hub } = homeLayout(home);
  return [
    ...programOf('apiserver', executables),
    ...['--bind-address', '127.0.0.1', '--secure-port', `${port}`],
    ...['--tls-cert-file', pki.apiserver.certificate, '--tls-private-key-file', pki.apiserver.key],
    ...['--client-ca-file', pki.ca.certificate],
    ...['--kubelet-certificate-authority', pki.ca.certificate],
    ...['--kubelet-client-certificate', pki.apiserverKubeletClient.certificate],
    ...['--kubelet-client-key', pki.apiserverKubeletClient.key],
    ...['--service-account-key-file', pki.serviceAccount.publicKey],
    ...['--service-account-signing-key-file', pki.serviceAccount.key],
    ...['--service-account-issuer', 'https://kubernetes.default.svc.cluster.local'],
    ...['--encryption-provider-config', hub.encryptionConfig],
    ...['--authorization-mode', 'Node,RBAC', '--enable-bootstrap-token-auth'],
    ...['--service-cluster-ip-range', '10.96.0.0/16'],
    ...['--data-dir', hub.directory, '--bootstrap-manifests-dir', hub.manifests],
    ...['--nats-url', `tls://127.0.0.1:${portsFor(port).nats}`, '--nats-ca-file', natsPki.ca.certificate],
    ...['--nats-cert-file', natsPki.apiserver.certificate, '--nats-key-file', natsPki.apiserver.key],
    // Every node of a development cluster is on a loopback address.
    '--allow-loopback-targets',
  ];
}

/** All loops and the scheduler. */
export function controllerManagerCommand({ home, port, executables }: ClusterPlace): Argv {
  const { pki, kubeconfigs } = homeLayout(home);
  return [
    ...programOf('controller-manager', executables),
    ...['--kubeconfig', kubeconfigs.controllerManager, '--scheduler-kubeconfig', kubeconfigs.scheduler],
    ...['--cluster-signing-cert-file', pki.ca.certificate, '--cluster-signing-key-file', pki.ca.key],
    ...['--root-ca-file', pki.ca.certificate, '--client-ca-file', pki.ca.certificate],
    ...['--approve-kubelet-serving', 'strict'],
    ...['--bind-address', '127.0.0.1', '--secure-port', `${portsFor(port).controllerManager}`],
  ];
}

/** The kubelet of one node. */
export function kubeletCommand({ home, port, executables }: ClusterPlace, { name, address }: DevNode): Argv {
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
    ...['--client-ca-file', pki.ca.certificate],
    ...['--nats-url', `tls://127.0.0.1:${ports.nats}`, '--nats-ca-file', natsPki.ca.certificate],
    ...['--nats-cert-file', node.natsClient.certificate, '--nats-key-file', node.natsClient.key],
    ...['--rotate-certificates', '--rotate-server-certificates'],
    // A node here is stopped with its machine, so to say: it leaves no process behind.
    ...['--shutdown-grace-period', '5s'],
  ];
}

/** The `hawser` command with these arguments. */
export function cliCommand({ executables }: Pick<ClusterPlace, 'executables'>, ...args: string[]): Argv {
  return [...programOf('cli', executables), ...args];
}
