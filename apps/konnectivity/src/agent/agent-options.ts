import { randomUUID } from 'node:crypto';
import { defineFlags, FlagError, KLOG_FLAGS, type Options, PROFILING_FLAGS } from '@hawser/config';

const NO_CHANNELS = 'connections hold back their senders by flow control';

/** The agent's flags, with upstream's names; what is not upstream's says so. */
export const FLAGS = defineFlags({
  'proxy-server-host': {
    type: 'strings',
    help: 'Names or addresses of the servers; of a name all addresses are tried. Several is Hawser’s own.',
    default: '127.0.0.1',
  },
  'proxy-server-port': { type: 'int', help: 'Port on which servers take agents.', default: '8132' },
  'agent-cert': {
    type: 'string',
    help: 'Certificate that the agent shows (PEM); read anew for each connection, waited for if it is missing.',
  },
  'agent-key': { type: 'string', help: 'Its private key (PEM); may be the same file.' },
  'ca-cert': {
    type: 'string',
    help: 'Certificates that must vouch for the servers (PEM); their names are verified, too.',
    required: true,
  },
  'service-account-token-path': {
    type: 'string',
    help: 'Service account token that the agent shows; read anew for each connection.',
  },
  'agent-id': { type: 'string', help: 'Unique ID of this agent; a UUID made at start if absent.' },
  'agent-identifiers': {
    type: 'string',
    help: 'Which targets the agent is for, URL-encoded: ipv4=…&ipv6=…&host=…&cidr=…&default-route=true.',
    default: '',
  },
  protocol: {
    type: 'string',
    help: "Hawser's own: what is spoken with servers; auto offers both by ALPN, yamux first.",
    default: 'auto',
    oneOf: ['auto', 'yamux', 'grpc'],
  },
  'alpn-proto': {
    type: 'strings',
    help: 'Further ALPN protocols to offer, for what routes by them.',
    default: '',
  },
  'allow-loopback-targets': {
    type: 'bool',
    help: "Hawser's own: connect to the machine's loopback addresses, too, not only to those among --agent-identifiers.",
    default: 'false',
  },
  'sync-interval': {
    type: 'duration',
    help: 'Longest time between tries to reach a server in the first minute after it was lost; afterwards it grows.',
    default: '1s',
  },
  'sync-interval-cap': { type: 'duration', help: 'To what it grows.', default: '10s' },
  'sync-forever': {
    type: 'bool',
    help: 'Look for further servers even while connected to as many as there are to be.',
    default: 'false',
  },
  'probe-interval': {
    type: 'duration',
    help: 'How often connections are checked: those made with an older certificate or token are replaced.',
    default: '1s',
  },
  'keepalive-time': {
    type: 'duration',
    help: 'How often a silent server is asked whether it is there; after as long without an answer it is lost.',
    default: '10s',
  },
  'drain-timeout': {
    type: 'duration',
    help: "Hawser's own: how long tunnels that run may take to end after SIGTERM.",
    default: '10s',
  },
  'health-server-host': {
    type: 'string',
    help: 'Address of the health server; empty for all.',
    default: '127.0.0.1',
  },
  'health-server-port': { type: 'int', help: 'Port of the health server.', default: '8093' },
  'admin-bind-address': {
    type: 'string',
    help: 'Address of the admin server; empty for all.',
    default: '127.0.0.1',
  },
  'admin-server-port': { type: 'int', help: 'Port of the admin server.', default: '8094' },
  kubeconfig: {
    type: 'string',
    help: 'Kubeconfig by which Leases are counted; waited for if it is missing.',
  },
  'count-server-leases': {
    type: 'bool',
    help: 'Count the servers by their Leases, instead of by what servers say.',
    default: 'false',
  },
  'lease-namespace': { type: 'string', help: 'Namespace of the Leases.', default: 'kube-system' },
  'lease-label-selector': {
    type: 'string',
    help: 'Which Leases are servers’.',
    default: 'k8s-app=konnectivity-server',
  },
  'lease-label': { type: 'string', help: '', deprecatedFor: 'lease-label-selector' },
  'server-count-source': {
    type: 'string',
    help: 'How counts are combined: default takes that of Leases if they are counted, max the larger one.',
    default: 'default',
    oneOf: ['default', 'max'],
  },
  'log-level': {
    type: 'string',
    help: 'Least severe lines to log.',
    default: 'info',
    oneOf: ['trace', 'debug', 'info', 'warn', 'error'],
  },
  'kube-api-content-type': { type: 'string', help: '', noEffect: 'the API server is spoken to in JSON' },
  'xfr-channel-size': { type: 'int', help: '', noEffect: NO_CHANNELS },
  'warn-on-channel-limit': { type: 'bool', help: '', noEffect: NO_CHANNELS },
  ...PROFILING_FLAGS,
  ...KLOG_FLAGS,
});

type Flags = Options<typeof FLAGS>;

/** The options with every default worked out. */
export interface AgentOptions extends Flags {
  readonly agentId: string;
}

/** What identifiers may be of (upstream's proto/header). */
const IDENTIFIER_TYPES = new Set(['ipv4', 'ipv6', 'host', 'cidr', 'default-route']);

/** Fills in the agent's ID, and checks what the table cannot. @throws FlagError with every fault. */
export function completeOptions(flags: Flags): AgentOptions {
  const faults = [...identityFaults(flags), ...numberFaults(flags)];
  for (const type of new URLSearchParams(flags.agentIdentifiers).keys())
    if (!IDENTIFIER_TYPES.has(type))
      faults.push(`invalid value for --agent-identifiers: unknown address type: ${type}`);
  if (flags.proxyServerHost.length === 0) faults.push('--proxy-server-host must name a server');
  if (flags.countServerLeases && flags.kubeconfig === undefined)
    faults.push('--count-server-leases needs --kubeconfig');
  if (flags.syncInterval > flags.syncIntervalCap)
    faults.push('--sync-interval must not be longer than --sync-interval-cap');
  if (faults.length > 0) throw new FlagError(faults);
  return { ...flags, agentId: flags.agentId ?? randomUUID() };
}

/** What weakens the agent, for the log. */
export function weakenedSettings(options: AgentOptions): string[] {
  const { allowLoopbackTargets, adminBindAddress, healthServerHost } = options;
  const isLocal = (address: string) => /^(127\.|::1$|localhost$)/.test(address);
  return [
    ...(allowLoopbackTargets
      ? ['--allow-loopback-targets: whoever reaches the server reaches what listens on this loopback']
      : []),
    ...(isLocal(adminBindAddress) ? [] : ['--admin-bind-address: metrics in plain HTTP, to anybody']),
    ...(isLocal(healthServerHost)
      ? []
      : ['--health-server-host: health and metrics in plain HTTP, to anybody']),
  ];
}

/** An agent always says who it is: a server that asks nobody would be open to all. */
function identityFaults({ agentCert, agentKey, serviceAccountTokenPath }: Flags): string[] {
  if (agentCert !== undefined && agentKey === undefined) return ['--agent-cert needs --agent-key'];
  if (agentKey !== undefined && agentCert === undefined) return ['--agent-key needs --agent-cert'];
  if (agentCert === undefined && serviceAccountTokenPath === undefined)
    return ['the agent must show who it is: --agent-cert with --agent-key, or --service-account-token-path'];
  return [];
}

function numberFaults(flags: Flags): string[] {
  const ports = {
    'proxy-server-port': flags.proxyServerPort,
    'health-server-port': flags.healthServerPort,
    'admin-server-port': flags.adminServerPort,
  };
  const durations = {
    'sync-interval': flags.syncInterval,
    'probe-interval': flags.probeInterval,
    'keepalive-time': flags.keepaliveTime,
  };
  const isPort = (port: number) => port > 0 && port < 65536;
  return [
    ...Object.entries(ports).flatMap(([name, port]) =>
      isPort(port) ? [] : [`invalid value "${port}" for --${name}: expected a port number`],
    ),
    ...Object.entries(durations).flatMap(([name, ms]) => (ms > 0 ? [] : [`--${name} must be positive`])),
  ];
}
