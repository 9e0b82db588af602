import { createHash } from 'node:crypto';
import type { Endpoint } from '../services/endpoint.ts';
import type { ServicePort } from '../services/service-port.ts';

/** The chains of a port, named as upstream's are: a hash, so that they differ, and text, so that one knows them. */
export interface PortNames {
  /** Chooses among the endpoints of policy Cluster. */
  readonly cluster: string;
  /** Chooses among those of policy Local. */
  readonly local: string;
  /** Traffic to a node port or an external address. */
  readonly external: string;
  /** Drops who may not use the load balancer. */
  readonly firewall: string;
}

/** What begins the name of a chain that comes and goes with a Service. */
const PREFIXES = ['service-', 'local-', 'external-', 'firewall-', 'endpoint-'];
const AFFINITY_PREFIX = 'affinity-';
/** Of 255 that the kernel takes; what the name goes on with is in the hash. */
const MAX_LENGTH = 200;
const HASH_LENGTH = 8;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function portNames(port: ServicePort): PortNames {
  const base = nameBase(portText(port));
  return {
    cluster: `service-${base}`,
    local: `local-${base}`,
    external: `external-${base}`,
    firewall: `firewall-${base}`,
  };
}

/** The chain that sends to one endpoint of a port. */
export function endpointChain(port: ServicePort, endpoint: Endpoint): string {
  return `endpoint-${endpointBase(port, endpoint)}`;
}

/** The set of clients that an endpoint of a port has to keep; of another name when they are to be kept another time. */
export function affinitySet(port: ServicePort, endpoint: Endpoint): string {
  return `${AFFINITY_PREFIX}${endpointBase(port, endpoint, `${port.affinitySeconds}`)}`;
}

/** Whether a chain is one that comes and goes with a Service. */
export function isServiceChain(name: string): boolean {
  return PREFIXES.some((prefix) => name.startsWith(prefix));
}

export function isAffinitySet(name: string): boolean {
  return name.startsWith(AFFINITY_PREFIX);
}

function portText({ service, portName, protocol }: ServicePort): string {
  return `${service}/${protocol.toLowerCase()}/${portName}`;
}

function endpointBase(port: ServicePort, { ip, port: number }: Endpoint, salt = ''): string {
  return nameBase(`${portText(port)}__${ip.replaceAll(':', '.')}/${number}`, salt);
}

/**
 * Namespaces, names and ports are DNS labels, which nft takes for a name. What is not, whoever has let it through,
 * does not get into its commands.
 */
function nameBase(text: string, salt = ''): string {
  const digest = createHash('sha256').update(`${salt} ${text}`).digest();
  const hash = Array.from(digest.subarray(0, HASH_LENGTH), (byte) => BASE32[byte % 32]).join('');
  return `${hash}-${text.replace(/[^\w./-]/g, '_')}`.slice(0, MAX_LENGTH);
}
