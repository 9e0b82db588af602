/** The layers from the bottom up, by package directory. A package that is in none fails the check. */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  L0: ['libs/api', 'libs/runtime'],
  L1: [
    'libs/config',
    'libs/observability',
    'libs/pki',
    'libs/tls-files',
    'libs/dial',
    'libs/quota',
    'libs/streams',
    'libs/yamux',
    'libs/grpc',
  ],
  L2: [
    'libs/storage',
    'libs/storage-sqlite',
    'libs/audit',
    'libs/audit-nats',
    'libs/authn',
    'libs/authz',
    'libs/client',
    'libs/tunnel-konnectivity',
    'libs/tunnel-ssh',
  ],
  L3: ['libs/registry', 'libs/http'],
  apps: [
    'apps/apiserver',
    'apps/controller-manager',
    'apps/kubelet',
    'apps/konnectivity',
    'apps/kube-proxy',
    'apps/cli',
  ],
  outside: ['tests', 'bench', 'scripts'],
};

export interface LayerRule {
  /** A layer or a package directory. */
  readonly from: string;
  readonly to: readonly string[];
  readonly why: string;
}

/** Every import between packages that is allowed. What no rule allows is an error; there are no exceptions. */
export const LAYER_RULES: readonly LayerRule[] = [
  { from: 'L1', to: ['L0'], why: 'technical parts build on the vocabulary and on lifecycles' },
  { from: 'L2', to: ['L0', 'L1'], why: 'ports, adapters and identities are made of technical parts' },
  { from: 'L3', to: ['L0', 'L1', 'L2'], why: 'the API machinery joins kinds, stores and identities' },
  {
    from: 'apps',
    to: ['L0', 'L1', 'L2', 'L3'],
    why: 'a service composes libraries; it reaches another service over the network, never by import',
  },
  {
    from: 'outside',
    to: ['L0', 'L1', 'L2', 'L3'],
    why: 'tests, benchmarks and scripts start services as processes and speak to them as clients',
  },
  {
    from: 'libs/storage-sqlite',
    to: ['libs/storage', 'libs/audit'],
    why: 'an adapter imports the ports that it implements',
  },
  {
    from: 'libs/tls-files',
    to: ['libs/pki', 'libs/observability'],
    why: 'files that are not whole are told apart, said and counted',
  },
  { from: 'libs/dial', to: ['libs/pki'], why: 'its tests make the certificates that it is to verify' },
  { from: 'libs/audit-nats', to: ['libs/audit'], why: 'an adapter imports the port that it drains' },
  {
    from: 'libs/audit',
    to: ['libs/storage'],
    why: 'an audit record is committed with the write it speaks of',
  },
  { from: 'libs/authz', to: ['libs/authn'], why: 'a rule is asked about an identity' },
];

/** Folders of another owner that one may import from by path: the command line of a service is written once. */
export const SHARED_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  tests: ['scripts'],
  bench: ['scripts'],
};

/** Services read it through `readEnvironment` of libs/config; what starts services hands it on to them. */
export const ENVIRONMENT_READERS: readonly string[] = ['libs/config', 'scripts', 'tests', 'bench'];

/** A way to open connections, and the only places of a package that may use it. */
export interface OutboundRule {
  readonly owner: string;
  /** What opens a connection or asks a name server, as it stands in a source. */
  readonly pattern: RegExp;
  readonly only: readonly string[];
  readonly why: string;
}

/**
 * Who may reach out. With a tunnel on nothing goes around it: the hub's one dialer is made in its egress, and whatever
 * else opens a connection does so over a stream that it was given.
 */
export const OUTBOUND_RULES: readonly OutboundRule[] = [
  {
    owner: 'apps/apiserver',
    pattern: /\bDirectDialer\b/,
    only: ['apps/apiserver/src/egress/create-egress.ts'],
    why: 'the dialer is made once, by createEgress, and beside it the one to identity providers, which are not in the cluster',
  },
  {
    owner: 'apps/apiserver',
    pattern:
      /\bnet\.(connect|createConnection)\b|\bcreateConnection\(|\bnew (net\.)?Socket\(|\bhttps\.|\bhttp2\.connect\b|\bfetch\(|\bnew WebSocket\(|\bBun\.(connect|udpSocket|dns)\b|from 'node:(https|dgram)'|import \{[^}]*(?<!type )\b(connect|createConnection|Socket|request|get)\b[^}]*\} from 'node:(net|tls|http|http2)'/,
    only: [],
    why: 'connections come from the dialer',
  },
  {
    owner: 'apps/apiserver',
    pattern: /\btls\.connect\((?!\{ socket: )|\bhttp\.(request|get)\((?!\{\s*createConnection: \(\) => )/,
    only: [],
    why: 'TLS and HTTP are spoken over a stream that the dialer gave: `socket` or `createConnection` come first',
  },
  {
    owner: 'apps/apiserver',
    pattern: /from 'node:dns/,
    only: ['apps/apiserver/src/connect/checked-address.ts'],
    why: 'names are looked up where it is known whether a tunnel is on',
  },
];

/** Names that say nothing about what is inside. */
export const EMPTY_NAMES: readonly string[] = ['common', 'utils', 'util', 'helpers', 'helper', 'misc'];

/** The layer of a package directory. */
export function layerOf(directory: string): string | undefined {
  return Object.keys(LAYERS).find((layer) => LAYERS[layer]?.includes(directory));
}

/** Whether a rule allows one package to import another. */
export function isAllowed(from: string, to: string): boolean {
  const sources = [from, layerOf(from)];
  const targets = [to, layerOf(to)];
  return LAYER_RULES.some(
    (rule) => sources.includes(rule.from) && rule.to.some((each) => targets.includes(each)),
  );
}
