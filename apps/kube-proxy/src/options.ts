import { hostname } from 'node:os';
import { defineFlags, FlagError, KLOG_FLAGS, type Options, PROFILING_FLAGS } from '@hawser/config';
import { splitHostPort, type Target } from '@hawser/dial';
import { isCidr } from './node/node-port-addresses.ts';

const OTHER_MODES = 'there is neither iptables nor ipvs mode';
const CONNTRACK_AS_IS = "the kernel's connection tracking is left as it is";

/** kube-proxy's flags, with upstream's names; what is Hawser's own says so. */
export const flags = defineFlags({
  kubeconfig: {
    type: 'string',
    required: true,
    help: "Where the hub is and who asks it; the kubelet's own serves, and is waited for if it is missing.",
  },
  'hostname-override': { type: 'string', help: "The node's name; the host's in lower case if absent." },
  'proxy-mode': {
    type: 'string',
    default: 'auto',
    oneOf: ['auto', 'nftables', 'userspace', 'none'],
    help: "How virtual IPs are made to work. auto takes the first that this host allows. userspace and none are Hawser's own here: userspace owns the addresses itself and carries the bytes, none leaves them alone and says so. Upstream's iptables and ipvs are not there.",
  },
  'healthz-bind-address': {
    type: 'string',
    default: '127.0.0.1:10256',
    help: 'Where /healthz and /livez are served; empty for nowhere. Upstream: all addresses.',
  },
  'metrics-bind-address': {
    type: 'string',
    default: '127.0.0.1:10249',
    help: 'Where /metrics and /proxyMode are served; empty for nowhere. The kubelet asks /proxyMode.',
  },
  'bind-address': {
    type: 'string',
    help: "The node's primary address; as its Node says if absent. Nothing is bound to it.",
  },
  'cluster-cidr': {
    type: 'strings',
    default: '',
    help: 'The range of pod addresses, one of a family at most; what goes from elsewhere to a ClusterIP is masqueraded.',
  },
  'masquerade-all': {
    type: 'bool',
    default: 'false',
    help: 'Masquerade everything that goes to a ClusterIP.',
  },
  'nodeport-addresses': {
    type: 'strings',
    default: 'primary',
    help: "Where node ports are served: ranges of the node's addresses, or primary. 0.0.0.0/0 means all but loopback ones.",
  },
  'nftables-masquerade-bit': {
    type: 'int',
    default: '14',
    help: "The bit of packet marks that says to masquerade, 0 to 31; nftables.masqueradeBit of upstream's configuration file.",
  },
  'nftables-sync-period': {
    type: 'duration',
    default: '30s',
    help: "How often it is looked whether somebody else has changed what is ours, in either mode; nftables.syncPeriod of upstream's configuration file.",
  },
  'nftables-min-sync-period': {
    type: 'duration',
    default: '1s',
    help: "Between two changes of rules at least, in either mode; nftables.minSyncPeriod of upstream's configuration file.",
  },
  cleanup: {
    type: 'bool',
    default: 'false',
    help: 'Remove what any mode has left behind on this node, and exit.',
  },
  'keep-rules-on-exit': {
    type: 'bool',
    default: 'false',
    help: "Hawser's own: leave the rules of nftables mode in place on SIGTERM, so that virtual IPs work on while kube-proxy is replaced. Upstream always does.",
  },
  'log-level': {
    type: 'string',
    default: 'info',
    oneOf: ['trace', 'debug', 'info', 'warn', 'error'],
    help: 'What is logged.',
  },
  'detect-local-mode': {
    type: 'string',
    help: '',
    oneOf: ['ClusterCIDR'],
    noEffect: '--cluster-cidr tells pods from others',
  },
  'iptables-masquerade-bit': { type: 'int', help: '', noEffect: OTHER_MODES },
  'iptables-localhost-nodeports': { type: 'bool', help: '', noEffect: OTHER_MODES },
  'iptables-sync-period': { type: 'duration', help: '', noEffect: OTHER_MODES },
  'iptables-min-sync-period': { type: 'duration', help: '', noEffect: OTHER_MODES },
  'ipvs-sync-period': { type: 'duration', help: '', noEffect: OTHER_MODES },
  'ipvs-min-sync-period': { type: 'duration', help: '', noEffect: OTHER_MODES },
  'ipvs-scheduler': { type: 'string', help: '', noEffect: OTHER_MODES },
  'ipvs-exclude-cidrs': { type: 'strings', help: '', noEffect: OTHER_MODES },
  'ipvs-strict-arp': { type: 'bool', help: '', noEffect: OTHER_MODES },
  'ipvs-tcp-timeout': { type: 'duration', help: '', noEffect: OTHER_MODES },
  'ipvs-tcpfin-timeout': { type: 'duration', help: '', noEffect: OTHER_MODES },
  'ipvs-udp-timeout': { type: 'duration', help: '', noEffect: OTHER_MODES },
  'conntrack-max-per-core': { type: 'int', help: '', noEffect: CONNTRACK_AS_IS },
  'conntrack-min': { type: 'int', help: '', noEffect: CONNTRACK_AS_IS },
  'conntrack-tcp-be-liberal': { type: 'bool', help: '', noEffect: CONNTRACK_AS_IS },
  'conntrack-tcp-timeout-established': { type: 'duration', help: '', noEffect: CONNTRACK_AS_IS },
  'conntrack-tcp-timeout-close-wait': { type: 'duration', help: '', noEffect: CONNTRACK_AS_IS },
  'conntrack-udp-timeout': { type: 'duration', help: '', noEffect: CONNTRACK_AS_IS },
  'conntrack-udp-timeout-stream': { type: 'duration', help: '', noEffect: CONNTRACK_AS_IS },
  'config-sync-period': { type: 'duration', help: '', noEffect: 'watches say what changes' },
  'kube-api-burst': { type: 'int', help: '', noEffect: 'the hub limits who asks it' },
  'kube-api-qps': { type: 'string', help: '', noEffect: 'the hub limits who asks it' },
  'kube-api-content-type': { type: 'string', help: '', noEffect: 'the hub is asked for JSON' },
  'oom-score-adj': { type: 'int', help: '', noEffect: 'the score is its service manager’s affair' },
  ...KLOG_FLAGS,
  ...PROFILING_FLAGS,
});

type Flags = Options<typeof flags>;

/** The options with every default worked out. */
export interface KubeProxyOptions extends Omit<Flags, 'healthzBindAddress' | 'metricsBindAddress'> {
  readonly nodeName: string;
  /** Where to listen; undefined for nowhere. */
  readonly healthzBindAddress: Target | undefined;
  readonly metricsBindAddress: Target | undefined;
}

/** Fills in what the machine decides, and checks the rest. @throws FlagError with every fault. */
export function completeOptions(given: Flags): KubeProxyOptions {
  const faults: string[] = [];
  const { clusterCidr, nodeportAddresses, nftablesMasqueradeBit: bit } = given;
  for (const range of clusterCidr)
    if (!isCidr(range)) faults.push(`invalid value ${JSON.stringify(range)} for --cluster-cidr: not a range`);
  for (const range of nodeportAddresses)
    if (!isCidr(range) && !(range === 'primary' && nodeportAddresses.length === 1))
      faults.push(
        `invalid value ${JSON.stringify(range)} for --nodeport-addresses: expected ranges, or primary alone`,
      );
  if (bit < 0 || bit > 31)
    faults.push('invalid value for --nftables-masquerade-bit: must be within the range [0, 31]');
  if (given.nftablesSyncPeriod <= 0)
    faults.push('invalid value for --nftables-sync-period: must be greater than 0');
  if (given.nftablesMinSyncPeriod < 0 || given.nftablesMinSyncPeriod > given.nftablesSyncPeriod)
    faults.push('invalid value for --nftables-min-sync-period: must be 0 to --nftables-sync-period');
  const options = {
    ...given,
    nodeName: (given.hostnameOverride ?? hostname()).toLowerCase(),
    healthzBindAddress: parseBindAddress('healthz-bind-address', given.healthzBindAddress, faults),
    metricsBindAddress: parseBindAddress('metrics-bind-address', given.metricsBindAddress, faults),
  };
  if (faults.length > 0) throw new FlagError(faults);
  return options;
}

function parseBindAddress(name: string, text: string, faults: string[]): Target | undefined {
  if (text === '') return undefined;
  const target = splitHostPort(text);
  if (target === undefined)
    faults.push(`invalid value ${JSON.stringify(text)} for --${name}: expected ADDRESS:PORT`);
  return target;
}
