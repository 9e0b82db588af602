import { defineFlags, type Options } from '@hawser/config';

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
    help: "How virtual IPs are made to work. auto takes the first that this host allows. userspace and none are Hawser's own here: userspace owns the addresses itself and carries the bytes, none leaves them alone and says so.",
  },
  'healthz-bind-address': {
    type: 'string',
    default: '127.0.0.1:10256',
    help: 'Where /healthz and /livez are served. Upstream: all addresses.',
  },
  'metrics-bind-address': {
    type: 'string',
    default: '127.0.0.1:10249',
    help: 'Where /metrics and /proxyMode are served; the kubelet asks /proxyMode.',
  },
  'cluster-cidr': {
    type: 'string',
    help: 'The range of pod addresses; traffic from elsewhere is masqueraded.',
  },
  'log-level': {
    type: 'string',
    default: 'info',
    oneOf: ['trace', 'debug', 'info', 'warn', 'error'],
    help: 'What is logged.',
  },
});

export type KubeProxyOptions = Options<typeof flags>;
