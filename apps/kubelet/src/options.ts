import { hostname, networkInterfaces } from 'node:os';
import { join, resolve } from 'node:path';
import type { Taint } from '@hawser/api';
import { parseQuantity, QuantityError, wholeValue } from '@hawser/api';
import { type NatsTarget, natsFlags, natsTarget } from '@hawser/audit-nats';
import { defineFlags, FlagError, type Options } from '@hawser/config';

/** The kubelet's flags, with upstream's names where upstream has the flag or the configuration field. */
export const FLAGS = defineFlags({
  'hostname-override': { type: 'string', help: "The node's name; the machine's host name if absent." },
  kubeconfig: {
    type: 'string',
    help: 'Where the node’s kubeconfig is, or is to be written by TLS bootstrap.',
    required: true,
  },
  'bootstrap-kubeconfig': {
    type: 'string',
    help: 'Kubeconfig with which the first client certificate is asked for.',
  },
  'root-dir': {
    type: 'string',
    help: 'State of pods, volumes, containers and logs.',
    default: '/var/lib/kubelet',
  },
  'cert-dir': {
    type: 'string',
    help: 'Where certificates and keys are kept; `pki` in --root-dir if absent.',
  },
  address: { type: 'string', help: 'Address on which the HTTPS API is served; the node IP if absent.' },
  port: { type: 'int', help: 'Port of the HTTPS API.', default: '10250' },
  'healthz-bind-address': { type: 'string', help: 'Address of the plain health port.', default: '127.0.0.1' },
  'healthz-port': { type: 'int', help: 'Port of the plain health port; 0 for none.', default: '10248' },
  'node-ip': {
    type: 'string',
    help: "The node's address, and the source of its connections to the API server.",
  },
  'ssh-host-key-file': {
    type: 'strings',
    help: "Hawser's own: public host keys of the node's sshd, such as /etc/ssh/ssh_host_ed25519_key.pub, to be published on the Node, so that the API server knows the node by them.",
    default: '',
  },
  'client-ca-file': {
    type: 'string',
    help: 'CAs that vouch for client certificates of callers of the HTTPS API.',
  },
  'authorization-webhook-cache-authorized-ttl': {
    type: 'duration',
    help: 'How long the API server’s leave to use the HTTPS API counts.',
    default: '5m',
  },
  'authorization-webhook-cache-unauthorized-ttl': {
    type: 'duration',
    help: 'How long its refusal counts.',
    default: '30s',
  },
  'rotate-certificates': {
    type: 'bool',
    help: 'Renew the client certificate before it expires.',
    default: 'true',
  },
  'rotate-server-certificates': {
    type: 'bool',
    help: 'Renew the serving certificate before it expires. Without one there is no HTTPS API.',
    default: 'true',
  },
  'node-status-update-frequency': {
    type: 'duration',
    help: "How often the node's state is looked at.",
    default: '10s',
  },
  'node-status-report-frequency': {
    type: 'duration',
    help: 'How often an unchanged state is reported.',
    default: '5m',
  },
  'node-labels': { type: 'strings', help: 'Labels of the Node, as name=value.', default: '' },
  'register-with-taints': {
    type: 'strings',
    help: 'Taints of a new Node, as key=value:effect.',
    default: '',
  },
  'network-plugin': {
    type: 'string',
    help: "Hawser's own: how pods get a network. kubenet gives each a namespace with an address out of the node's podCIDR; host leaves them in the node's. auto is kubenet where this machine allows it: as root on Linux, with iproute2.",
    default: 'auto',
    oneOf: ['auto', 'kubenet', 'host'],
  },
  'kube-proxy-address': {
    type: 'string',
    help: "Hawser's own: HOST:PORT of kube-proxy's metrics on this node, which is asked whether virtual IPs work; empty where there is no kube-proxy. Pods get the virtual IP of the API server, or its real address.",
    default: '',
  },
  'max-pods': { type: 'int', help: 'How many pods the node takes.', default: '110' },
  'cluster-domain': { type: 'string', help: "The cluster's DNS domain.", default: 'cluster.local' },
  'container-log-max-size': { type: 'string', help: 'Size at which a log is rotated.', default: '10Mi' },
  'container-log-max-files': { type: 'int', help: 'Files kept of one log.', default: '5' },
  'pod-logs-dir': {
    type: 'string',
    help: 'Where containers’ logs are written; `logs` in --root-dir if absent.',
  },
  'bubblewrap-path': { type: 'string', help: 'The bwrap executable; found on PATH or in .tools if absent.' },
  'shutdown-grace-period': {
    type: 'duration',
    help: 'When the kubelet is told to stop, end all containers within this time; 0 leaves them running.',
    default: '0',
  },
  ...natsFlags('audit events of the HTTPS API go; without it they wait in --root-dir.', "The node's"),
  'log-level': {
    type: 'string',
    help: 'Least level of the log.',
    default: 'info',
    oneOf: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
  },
});

type Flags = Options<typeof FLAGS>;

/** The options with every default worked out. */
export interface KubeletOptions
  extends Omit<Flags, 'nodeLabels' | 'registerWithTaints' | 'containerLogMaxSize'> {
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly address: string;
  readonly certDir: string;
  readonly rootDir: string;
  readonly podLogsDir: string;
  readonly nodeLabels: Record<string, string>;
  readonly registerWithTaints: Taint[];
  readonly containerLogMaxBytes: number;
  /** Where audit events go; the link is always mTLS. */
  readonly nats: NatsTarget | undefined;
}

/** Fills in what other flags or the machine decide, and checks the rest. @throws FlagError with every fault. */
export function completeOptions(flags: Flags): KubeletOptions {
  const faults: string[] = [];
  const nodeIp = flags.nodeIp ?? firstAddress();
  const rootDir = resolve(flags.rootDir);
  const options = {
    ...flags,
    nodeName: (flags.hostnameOverride ?? hostname()).toLowerCase(),
    nodeIp,
    rootDir,
    address: flags.address ?? nodeIp,
    kubeconfig: resolve(flags.kubeconfig),
    certDir: resolve(flags.certDir ?? join(rootDir, 'pki')),
    podLogsDir: resolve(flags.podLogsDir ?? join(rootDir, 'logs')),
    nodeLabels: parseLabels(flags.nodeLabels, faults),
    registerWithTaints: parseTaints(flags.registerWithTaints, faults),
    containerLogMaxBytes: parseBytes('container-log-max-size', flags.containerLogMaxSize, faults),
    nats: natsTarget(flags, faults),
  };
  if (flags.containerLogMaxFiles < 2)
    faults.push('invalid value for --container-log-max-files: must be at least 2');
  if (!/^$|^(\[[\da-fA-F:.]+\]|[^:\s/]+):\d{1,5}$/.test(flags.kubeProxyAddress))
    faults.push(
      `invalid value ${JSON.stringify(flags.kubeProxyAddress)} for --kube-proxy-address: expected HOST:PORT`,
    );
  if (flags.maxPods < 1) faults.push('invalid value for --max-pods: must be at least 1');
  if (faults.length > 0) throw new FlagError(faults);
  return options;
}

function firstAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}

function parseLabels(words: readonly string[], faults: string[]): Record<string, string> {
  const entries = words.map((word): [string, string] => {
    const [name = '', value = ''] = word.split('=', 2);
    if (!name || !word.includes('='))
      faults.push(`invalid value ${JSON.stringify(word)} for --node-labels: expected name=value`);
    return [name, value];
  });
  return Object.fromEntries(entries);
}

function parseTaints(words: readonly string[], faults: string[]): Taint[] {
  return words.flatMap((word) => {
    const match = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(word);
    if (match) return [{ key: match[1]!, ...(match[2] ? { value: match[2] } : {}), effect: match[3]! }];
    faults.push(
      `invalid value ${JSON.stringify(word)} for --register-with-taints: expected key=value:effect`,
    );
    return [];
  });
}

function parseBytes(flag: string, text: string, faults: string[]): number {
  try {
    const bytes = wholeValue(parseQuantity(text));
    if (bytes > 0) return bytes;
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
  }
  faults.push(`invalid value ${JSON.stringify(text)} for --${flag}: expected a size such as 10Mi`);
  return 0;
}
