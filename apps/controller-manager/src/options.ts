import { type NatsTarget, natsFlags } from '@hawser/audit-nats';
import { defineFlags, type KeyFiles, type Options } from '@hawser/config';
import { SIGNING_FLAGS } from './certificates/signing-flags.ts';

/** The flags of the controller manager, with upstream's names. */
export const FLAGS = defineFlags({
  kubeconfig: { type: 'string', help: 'Kubeconfig of system:kube-controller-manager.', required: true },
  'scheduler-kubeconfig': {
    type: 'string',
    help: 'Kubeconfig of system:kube-scheduler; without one, no pods are scheduled.',
  },
  controllers: {
    type: 'strings',
    help: "Loops to run: '*' for all, 'name' for one, '-name' for all but one.",
    default: '*',
  },
  'use-service-account-credentials': {
    type: 'bool',
    help: 'Each loop acts as a service account of its own; false lets all act as the kubeconfig says.',
    default: 'true',
  },
  ...SIGNING_FLAGS,
  'root-ca-file': {
    type: 'string',
    help: 'Certificates published in each namespace for verifying the API server.',
  },
  'cluster-info-server': {
    type: 'string',
    help: "Hawser's own: https URL at which nodes reach the hub; published with --root-ca-file in kube-public/cluster-info, by which nodes join. Without it that ConfigMap is left alone.",
  },
  'service-account-private-key-file': {
    type: 'string',
    help: 'Private key that signs tokens for Secrets of type kubernetes.io/service-account-token (PEM); without one they stay empty. A changed file is taken while it runs.',
  },
  'legacy-service-account-token-clean-up-period': {
    type: 'duration',
    help: 'How long a token of a Secret that its account names may go unused before it is marked invalid, and then before it is deleted.',
    default: '8760h',
  },
  'approve-kubelet-serving': {
    type: 'string',
    help: "Approve kubelets' serving certificates: off, or strict (every name is the node's and vouched for).",
    default: 'off',
    oneOf: ['off', 'strict'],
  },
  'allow-loopback-nodes': {
    type: 'bool',
    help: "Hawser's own: strict approval takes loopback addresses but 127.0.0.1 for nodes'; for nodes that are one machine.",
    default: 'false',
  },
  'service-cluster-ip-range': {
    type: 'string',
    help: 'Ranges of Service addresses; no node is certified for one.',
    default: '10.96.0.0/16',
  },
  'cluster-domain': {
    type: 'string',
    help: 'DNS domain of the cluster; no node is certified for a name in it.',
    default: 'cluster.local',
  },
  'node-monitor-period': {
    type: 'duration',
    help: 'How often the state of nodes is looked at.',
    default: '5s',
  },
  'node-monitor-grace-period': {
    type: 'duration',
    help: 'How long a node may be silent before it is marked unhealthy.',
    default: '40s',
  },
  'node-startup-grace-period': {
    type: 'duration',
    help: 'How long a new node may be silent before it is marked unhealthy.',
    default: '1m',
  },
  'node-eviction-rate': {
    type: 'string',
    help: 'Nodes a second from which pods are evicted.',
    default: '0.1',
  },
  'allocate-node-cidrs': { type: 'bool', help: 'Give each node a range of pod addresses.', default: 'true' },
  'cluster-cidr': { type: 'string', help: 'Range of pod addresses.', default: '10.244.0.0/16' },
  'node-cidr-mask-size': { type: 'int', help: "Prefix length of a node's range.", default: '24' },
  'terminated-pod-gc-threshold': {
    type: 'int',
    help: 'How many pods that have ended may be kept.',
    default: '12500',
  },
  'concurrent-endpoint-syncs': {
    type: 'int',
    help: 'Services whose Endpoints are worked on at once.',
    default: '5',
  },
  'concurrent-service-endpoint-syncs': {
    type: 'int',
    help: 'Services whose EndpointSlices are worked on at once.',
    default: '5',
  },
  'max-endpoints-per-slice': {
    type: 'int',
    help: 'How many endpoints an EndpointSlice holds at most.',
    default: '100',
  },
  'mirroring-concurrent-service-endpoint-syncs': {
    type: 'int',
    help: 'Endpoints objects that are mirrored at once.',
    default: '5',
  },
  'mirroring-max-endpoints-per-subset': {
    type: 'int',
    help: 'How many addresses of a subset are mirrored.',
    default: '1000',
  },
  'resource-quota-sync-period': {
    type: 'duration',
    help: 'How often what quotas limit is counted anew, whatever happens.',
    default: '5m',
  },
  'data-dir': {
    type: 'string',
    help: "Hawser's own: where events of certificates wait until NATS has them; without it none are recorded.",
  },
  ...natsFlags('events go; without it they wait in --data-dir.', "The controller manager's"),
  'bind-address': { type: 'string', help: 'Address to serve health and metrics on.', default: '127.0.0.1' },
  'secure-port': { type: 'int', help: 'Port to serve health and metrics on (HTTPS).', default: '10257' },
  'tls-cert-file': { type: 'string', help: 'Certificate to serve with; made in memory if not given.' },
  'tls-private-key-file': { type: 'string', help: 'Private key to serve with.' },
  'client-ca-file': { type: 'string', help: 'Certificates that vouch for clients of /metrics.' },
  'log-level': {
    type: 'string',
    help: 'Least severe lines to log.',
    default: 'info',
    oneOf: ['trace', 'debug', 'info', 'warn', 'error'],
  },
});

export type ControllerManagerFlags = Options<typeof FLAGS>;

/** The flags with everything read. */
export interface ControllerManagerOptions extends ControllerManagerFlags {
  /** The authority of each signer that signs. */
  readonly signers: ReadonlyMap<string, KeyFiles>;
  /** Where events go; the link is always mTLS. */
  readonly nats: NatsTarget | undefined;
}
