import { parse, stringify } from 'yaml';

/** Where joining nodes find it, as kubeadm's have `kubeadm-config`. */
export const CLUSTER_CONFIGURATION_NAMESPACE = 'kube-system';
export const CLUSTER_CONFIGURATION_NAME = 'hawser-config';
export const CLUSTER_CONFIGURATION_KEY = 'ClusterConfiguration';

const API_VERSION = 'hawser.dev/v1alpha1';

/** A server besides the hub that nodes call, and the CA (PEM) that vouches for it. */
export interface ServerReference {
  readonly server: string;
  readonly certificateAuthority: string;
}

/** What a joining node must know of the cluster besides the hub's address and CA; nothing in it is secret. */
export interface ClusterConfiguration {
  readonly networking: {
    readonly dnsDomain: string;
    readonly podSubnet: string;
    readonly serviceSubnet: string;
  };
  /** `host:port` at which agents call, where the hub reaches nodes through Konnectivity. */
  readonly konnectivity?: ServerReference;
  /** The URL to which kubelets publish audit events. */
  readonly nats?: ServerReference;
}

/** The YAML text that the ConfigMap holds. */
export function formatClusterConfiguration(configuration: ClusterConfiguration): string {
  const { networking, konnectivity, nats } = configuration;
  return stringify(
    {
      apiVersion: API_VERSION,
      kind: 'ClusterConfiguration',
      networking,
      ...(konnectivity && { konnectivity }),
      ...(nats && { nats }),
    },
    { lineWidth: 0 },
  );
}

/** Reads the text. @throws Error for another kind or version, and for a part that is missing. */
export function parseClusterConfiguration(text: string): ClusterConfiguration {
  const value = parse(text) as
    | (Partial<ClusterConfiguration> & { apiVersion?: string; kind?: string })
    | null;
  if (value?.apiVersion !== API_VERSION || value.kind !== 'ClusterConfiguration')
    throw new Error(`expected a ClusterConfiguration of ${API_VERSION}`);
  const { networking, konnectivity, nats } = value;
  const { dnsDomain, podSubnet, serviceSubnet } = networking ?? {};
  if (!isWord(dnsDomain) || !isWord(podSubnet) || !isWord(serviceSubnet))
    throw new Error('networking is not complete');
  for (const [name, part] of Object.entries({ konnectivity, nats }))
    if (part && !(isWord(part.server) && typeof part.certificateAuthority === 'string'))
      throw new Error(`${name} is not complete`);
  return { networking: { dnsDomain, podSubnet, serviceSubnet }, konnectivity, nats };
}

/** It becomes a word of a command line, which no flag may pose as. */
const isWord = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && !value.startsWith('-');
