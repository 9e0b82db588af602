import { natsFlags } from '@hawser/audit-nats';
import { defineFlags, KLOG_FLAGS, PROFILING_FLAGS, portsFor } from '@hawser/config';

const PORTS = portsFor(6443);
const UNLIMITED = 'requests to the API server are few, and not held back';
const NO_CHANNELS = 'connections hold back their senders by flow control';

/** The Konnectivity server's flags, with upstream's names; defaults that are not upstream's are the safer ones. */
export const FLAGS = defineFlags({
  'server-cert': { type: 'string', help: 'Certificate shown to clients of the front end.' },
  'server-key': { type: 'string', help: 'Its private key.' },
  'server-ca-cert': { type: 'string', help: 'CAs that vouch for clients of the front end.' },
  'cluster-cert': { type: 'string', help: 'Certificate shown to agents.', required: true },
  'cluster-key': { type: 'string', help: 'Its private key.', required: true },
  'cluster-ca-cert': { type: 'string', help: "CAs that vouch for agents' client certificates." },
  mode: {
    type: 'string',
    help: 'What the front end speaks: grpc, http-connect; over TCP also both, comma-separated, told apart by ALPN.',
    default: 'grpc',
  },
  'uds-name': { type: 'string', help: 'Unix socket (0600) of the front end, instead of a TCP port.' },
  'delete-existing-uds-file': {
    type: 'bool',
    help: 'Take away a socket that is there already.',
    default: 'true',
  },
  'server-port': {
    type: 'int',
    help: 'Port of the front end; not with --uds-name.',
    default: `${PORTS.konnectivityFrontEnd}`,
  },
  'server-bind-address': { type: 'string', help: 'Address of the front end; all if empty.', default: '' },
  'agent-port': { type: 'int', help: 'Port for agents.', default: `${PORTS.konnectivityAgents}` },
  'agent-bind-address': { type: 'string', help: 'Address for agents; all if empty.', default: '' },
  'admin-port': {
    type: 'int',
    help: 'Port of the metrics (plain HTTP).',
    default: `${PORTS.konnectivityAdmin}`,
  },
  'admin-bind-address': { type: 'string', help: 'Address of the metrics.', default: '127.0.0.1' },
  'health-port': {
    type: 'int',
    help: 'Port of health and metrics (plain HTTP).',
    default: `${PORTS.konnectivityHealth}`,
  },
  'health-bind-address': { type: 'string', help: 'Address of health and metrics.', default: '127.0.0.1' },
  'keepalive-time': {
    type: 'duration',
    help: 'How often a silent agent is asked whether it is there; it is given up after as long again.',
    default: '8s',
  },
  'frontend-keepalive-time': {
    type: 'duration',
    help: 'After how long without a word the kernel asks whether a client of the front end is there.',
    default: '30s',
  },
  'server-id': { type: 'string', help: "The server's unique ID; a random one if absent." },
  'server-count': {
    type: 'int',
    help: 'How many servers there are, as agents are told; with leases they are counted, else 1.',
  },
  'agent-namespace': {
    type: 'string',
    help: "Namespace of the agents' service account; with it, agents may show tokens.",
  },
  'agent-service-account': { type: 'string', help: "Name of the agents' service account." },
  'authentication-audience': {
    type: 'string',
    help: "For whom agents' tokens must have been made.",
    default: 'system:konnectivity-server',
  },
  kubeconfig: {
    type: 'string',
    help: 'Kubeconfig for Nodes, token reviews and leases; without it no agent gets what is a Node’s.',
  },
  'proxy-strategies': {
    type: 'string',
    help: 'How an agent is found, in this order, comma-separated: destHost, defaultRoute, default (any agent).',
    default: 'destHost,defaultRoute',
  },
  'agent-grants': {
    type: 'strings',
    help: "Hawser's own: what agents may claim besides what is their Node's, as IDENTITY=CIDR, IDENTITY=HOST or IDENTITY=default-route.",
    default: '',
  },
  'serve-node-pod-cidrs': {
    type: 'bool',
    help: "Hawser's own: agents of a Node serve its pod CIDRs without claiming them.",
    default: 'true',
  },
  'service-cluster-ip-range': {
    type: 'string',
    help: "Hawser's own: ranges of Service addresses, which no node may claim.",
    default: '10.96.0.0/16',
  },
  'hub-addresses': {
    type: 'strings',
    help: "Hawser's own: addresses and names of the API server besides those in its certificate, which no node may claim.",
    default: '',
  },
  'cipher-suites': {
    type: 'strings',
    help: 'Cipher suites of TLS 1.2; safe ones if empty. Those of TLS 1.3 cannot be chosen.',
    default: '',
  },
  'tls-min-version': {
    type: 'string',
    help: 'Least version of TLS.',
    default: 'VersionTLS12',
    oneOf: ['VersionTLS12', 'VersionTLS13'],
  },
  'backend-dial-timeout': {
    type: 'duration',
    // The hub waits for two seconds: the reason is to reach it before.
    help: 'How long an agent may take to connect to a target; less than the two seconds after which the API server hangs up without having heard why.',
    default: '1800ms',
  },
  'graceful-shutdown-timeout': {
    type: 'duration',
    help: 'How long connections that run may go on when the server is told to stop.',
    default: '10s',
  },
  'enable-lease-controller': {
    type: 'bool',
    help: 'Keep a Lease of this server, count those of all, and collect expired ones.',
    default: 'false',
  },
  'lease-namespace': { type: 'string', help: 'Namespace of the Leases.', default: 'kube-system' },
  'lease-label': {
    type: 'string',
    help: 'Labels of the Leases, as name=value, comma-separated.',
    default: 'k8s-app=konnectivity-server',
  },
  'data-dir': {
    type: 'string',
    help: "Hawser's own: where events wait until NATS has them; without it they are said in the log alone.",
  },
  ...natsFlags('events go; without it they wait in --data-dir.', "The server's"),
  'log-level': {
    type: 'string',
    help: 'Least level of the log.',
    default: 'info',
    oneOf: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
  },
  'kubeconfig-qps': { type: 'string', help: '', noEffect: UNLIMITED },
  'kubeconfig-burst': { type: 'int', help: '', noEffect: UNLIMITED },
  'kube-api-content-type': { type: 'string', help: '', noEffect: 'the API server is spoken to in JSON' },
  'xfr-channel-size': { type: 'int', help: '', noEffect: NO_CHANNELS },
  'warn-on-channel-limit': { type: 'bool', help: '', noEffect: NO_CHANNELS },
  ...PROFILING_FLAGS,
  ...KLOG_FLAGS,
});
