import { natsFlags } from '@hawser/audit-nats';
import { SIGNING_ALGORITHMS } from '@hawser/authn';
import { defineFlags, type Options } from '@hawser/config';

/** The API server's flags, with upstream's names; what is Hawser's own says so. */
export const flags = defineFlags({
  'bind-address': { type: 'string', default: '0.0.0.0', help: 'The address to listen on.' },
  'advertise-address': {
    type: 'string',
    help: 'The IPv4 address at which the cluster finds the hub, for the endpoints of the Service kubernetes. Default: --bind-address, or the address of the first network interface where that means any or loopback.',
  },
  'secure-port': {
    type: 'int',
    default: '6443',
    help: 'The port to serve HTTPS on; 0 lets the system choose.',
  },
  'tls-cert-file': { type: 'string', required: true, help: "The hub's serving certificate (PEM)." },
  'tls-private-key-file': { type: 'string', required: true, help: 'Its private key.' },
  'client-ca-file': {
    type: 'string',
    required: true,
    help: 'The CAs whose client certificates are accepted.',
  },
  'kubelet-certificate-authority': {
    type: 'string',
    required: true,
    help: "The CA that must vouch for kubelets' serving certificates. Upstream leaves them unverified without it; here it is required.",
  },
  'kubelet-client-certificate': {
    type: 'string',
    required: true,
    help: 'The client certificate that the hub shows to kubelets.',
  },
  'kubelet-client-key': { type: 'string', required: true, help: 'Its private key.' },
  'kubelet-preferred-address-types': {
    type: 'strings',
    default: 'InternalIP,ExternalIP,Hostname,InternalDNS,ExternalDNS',
    help: "Which of a node's addresses to use, best first.",
  },
  'service-account-key-file': {
    type: 'strings',
    help: 'Public or private keys that verify service account tokens, besides the signing key; any number in a file. Changed files are taken while the hub runs.',
  },
  'service-account-signing-key-file': {
    type: 'string',
    required: true,
    help: 'The private key that signs service account tokens. A changed file is taken while the hub runs.',
  },
  'service-account-issuer': {
    type: 'strings',
    default: 'https://kubernetes.default.svc.cluster.local',
    help: 'The issuer of service account tokens; further ones are accepted, not issued.',
  },
  'service-account-jwks-uri': {
    type: 'string',
    help: "Where relying parties find the keys of service account tokens, for the discovery document; an https URL. Default: the hub's own address.",
  },
  'service-account-max-token-expiration': {
    type: 'duration',
    help: 'The longest life of a service account token, between 1h and 2^32 seconds; longer ones are shortened, with a warning.',
  },
  'service-account-extend-token-expiration': {
    type: 'bool',
    default: 'true',
    help: "Let pods' own tokens live for a year, for programs that read them once; their use after the hour that they are made for is noted in the audit log and counted. They end with their pod all the same.",
  },
  'api-audiences': {
    type: 'strings',
    help: 'The audiences of tokens for the hub itself; the issuers where absent.',
  },
  'encryption-provider-config': {
    type: 'string',
    help: 'An EncryptionConfiguration. Default: encryption-config.yaml in --data-dir, made with a fresh key at the first start.',
  },
  'encryption-provider-config-automatic-reload': {
    type: 'bool',
    default: 'false',
    help: 'Read the file of --encryption-provider-config again when it changes.',
  },
  'audit-policy-file': {
    type: 'string',
    help: 'An audit.k8s.io/v1 Policy (levels None and Metadata). Default: Metadata of every request.',
  },
  'authorization-mode': {
    type: 'strings',
    default: 'Node,RBAC',
    oneOf: ['Node', 'RBAC', 'AlwaysAllow'],
    help: 'Authorizers in their order. AlwaysAllow weakens the hub and is logged at start.',
  },
  'enable-bootstrap-token-auth': {
    type: 'bool',
    default: 'true',
    help: 'Accept bootstrap tokens of Secrets in kube-system.',
  },
  'anonymous-auth': {
    type: 'bool',
    default: 'true',
    help: 'Take requests without a credential for system:anonymous, which reaches what RBAC gives system:unauthenticated.',
  },
  'authentication-config': {
    type: 'string',
    help: 'An AuthenticationConfiguration of apiserver.config.k8s.io/v1: OpenID Connect issuers whose tokens are taken, and what is open to requests without a credential. Read again when it changes.',
  },
  'oidc-issuer-url': {
    type: 'string',
    help: 'An OpenID Connect issuer whose ID tokens are taken, an https URL. Goes with --oidc-client-id.',
  },
  'oidc-client-id': { type: 'string', help: 'The audience that its tokens must be for.' },
  'oidc-ca-file': {
    type: 'string',
    help: "The CAs of which one must vouch for the issuer's certificate; those of the system where absent.",
  },
  'oidc-username-claim': {
    type: 'string',
    default: 'sub',
    help: 'The claim that names the user. Others than email get a prefix unless told otherwise.',
  },
  'oidc-username-prefix': {
    type: 'string',
    help: 'Stands in front of every user name. Default: the issuer and #, nothing for the claim email; - means none.',
  },
  'oidc-groups-claim': { type: 'string', help: "The claim with the user's groups, a string or a list." },
  'oidc-groups-prefix': {
    type: 'string',
    help: 'Stands in front of every group. Without it the issuer may put its users into any group, system:masters among them.',
  },
  'oidc-required-claim': {
    type: 'strings',
    help: 'Claims that tokens must have, with their values: key=value.',
  },
  'oidc-signing-algs': {
    type: 'strings',
    default: 'RS256',
    oneOf: SIGNING_ALGORITHMS,
    help: 'Algorithms that its tokens may be signed by.',
  },
  'max-requests-inflight': {
    type: 'int',
    default: '400',
    help: 'With --max-mutating-requests-inflight, how many requests are handled at once, shared out among priority levels; 0 for both means no limit.',
  },
  'max-mutating-requests-inflight': {
    type: 'int',
    default: '200',
    help: 'See --max-requests-inflight.',
  },
  'request-timeout': {
    type: 'duration',
    default: '1m0s',
    help: 'How long a request may take that is not long-running; its own `timeout` may ask for less.',
  },
  'min-request-timeout': {
    type: 'int',
    default: '1800',
    help: 'Seconds that a watch lasts at least where its client says nothing; at most twice as long.',
  },
  'service-cluster-ip-range': { type: 'string', default: '10.96.0.0/16', help: 'The range of ClusterIPs.' },
  'service-node-port-range': {
    type: 'string',
    default: '30000-32767',
    help: 'The range of node ports, first and last.',
  },
  'data-dir': {
    type: 'string',
    required: true,
    help: "Hawser's own: where state.db and what belongs to it lie.",
  },
  'bootstrap-manifests-dir': {
    type: 'string',
    help: "Hawser's own: objects created at start where they do not exist yet.",
  },
  ...natsFlags('audit events go; without it they wait in the outbox.', "The hub's"),
  'allow-loopback-targets': {
    type: 'bool',
    default: 'false',
    help: "Hawser's own: let proxies and endpoints reach loopback addresses, as the dev cluster's nodes have. Weakens the hub and is logged at start.",
  },
  'proxy-ca-file': {
    type: 'string',
    help: "Hawser's own: the CAs that must vouch for what the proxies reach by https:; those of --kubelet-certificate-authority where absent.",
  },
  'proxy-client-cert-file': {
    type: 'string',
    help: 'The client certificate that the hub shows to what the proxies reach by https:; none where absent.',
  },
  'proxy-client-key-file': { type: 'string', help: 'Its private key.' },
  'allow-plain-proxy': {
    type: 'bool',
    default: 'false',
    help: "Hawser's own: let the proxies speak plain HTTP over links that are neither loopback nor a tunnel. Weakens the hub and is logged at start.",
  },
  'forbid-insecure-proxy': {
    type: 'bool',
    default: 'false',
    help: "Hawser's own: pay no heed to the annotation hawser.dev/proxy-tls: insecure, by which a Service or Pod opts out of verification.",
  },
  'egress-selector-config-file': {
    type: 'string',
    help: 'An EgressSelectorConfiguration of apiserver.k8s.io/v1beta1: its "cluster" says how nodes, pods and services are reached, Direct or through a Konnectivity server by HTTPConnect or GRPC. Directly where absent.',
  },
  'ssh-user': {
    type: 'string',
    help: 'Reach nodes, pods and services through SSH tunnels to each node, logging in as this user.',
  },
  'ssh-keyfile': { type: 'string', help: 'The private key that --ssh-user logs in with.' },
  'ssh-port': { type: 'int', help: "The port of every node's sshd; 22 where absent." },
  'ssh-known-hosts-file': {
    type: 'string',
    help: "Hawser's own: host keys of nodes, as in OpenSSH's known_hosts. A node that is not in it must have published its key on its Node object.",
  },
  'log-level': {
    type: 'string',
    default: 'info',
    oneOf: ['trace', 'debug', 'info', 'warn', 'error'],
    help: 'What is logged.',
  },
});

export type ApiServerOptions = Options<typeof flags>;
