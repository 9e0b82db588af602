import { BlockList, isIP, isIPv4 } from 'node:net';
import type { CertificateSigningRequest, Node } from '@hawser/api';
import type { CertificateRequest } from '@hawser/pki';
import { kubeletServingFault, NODE_USER_PREFIX, NODES_GROUP } from './kubelet-request.ts';
import { KUBELET_SERVING } from './signing-request.ts';

/** `spec.extra` of a CSR: the address that the API server saw the request come from. Clients cannot set it. */
export const SOURCE_IP_EXTRA = 'hawser.dev/source-ip';
/** On a Node: addresses and DNS names, comma-separated, that an administrator vouches for. Nodes cannot set it. */
export const ALLOWED_ADDRESSES = 'hawser.dev/allowed-addresses';

/** What the decision knows of the cluster. */
export interface ServingFacts {
  /** The node that the request is for, if there is one. */
  readonly node: Node | undefined;
  readonly otherNodes: readonly Node[];
  /** Addresses and DNS names at which the API server is reached. */
  readonly hubAddresses: readonly string[];
  /** Comma-separated. */
  readonly serviceCidr: string;
  /** Ranges of pods' addresses, comma-separated; those of nodes are known besides. */
  readonly podCidr: string;
  /** For nodes of one machine: its loopback addresses, all but 127.0.0.1, may be theirs. */
  readonly allowLoopback: boolean;
  /** Such as `cluster.local`. */
  readonly clusterDomain: string;
}

export type ServingDecision =
  | { readonly approved: true }
  | { readonly approved: false; readonly why: string };

/**
 * Whether a kubelet may have the serving certificate that it asks for, without a person's word.
 *
 * The common rule is that a node may be certified for the addresses in its own `status.addresses`. But a node writes
 * those itself, so by that rule any node gets a certificate for any address. Here each address must besides be vouched
 * for by somebody else: the API server, which saw the request come from it, or an administrator, who listed it. And
 * some are nobody's to claim: the API server's, other nodes', those of Services and of pods. Where nodes disagree about
 * an address the administrator's list decides; without it neither gets the address, and a person must look.
 */
export function decideKubeletServing(
  csr: CertificateSigningRequest,
  request: CertificateRequest,
  facts: ServingFacts,
): ServingDecision {
  const why =
    requestorFault(csr, request) ??
    kubeletServingFault(request, csr.spec.usages ?? []) ??
    strangeFault(request) ??
    nodeFault(request, facts) ??
    addressFault(csr, request, facts) ??
    nameFault(request, facts);
  return why === undefined ? { approved: true } : { approved: false, why };
}

/** The node must ask for itself. */
function requestorFault(
  { spec }: CertificateSigningRequest,
  request: CertificateRequest,
): string | undefined {
  if (spec.signerName !== KUBELET_SERVING) return 'the signer is not kubernetes.io/kubelet-serving';
  if (spec.username !== request.subject.commonName) return 'the requestor is not the subject';
  if (!spec.groups?.includes(NODES_GROUP)) return 'the requestor is not in the group system:nodes';
  return undefined;
}

/** What no kubelet asks for. The signer would leave some of it out; it is not for a machine to guess why it is there. */
function strangeFault(request: CertificateRequest): string | undefined {
  if (request.otherAttributeCount > 0) return 'the subject says more than a name and an organization';
  return request.wantsCertificateAuthority ? 'the request is for a certificate authority' : undefined;
}

/** The name in a node's user name. */
export function nodeNameOf(userName: string | undefined): string {
  return userName?.startsWith(NODE_USER_PREFIX) ? userName.slice(NODE_USER_PREFIX.length) : '';
}

function nodeFault(request: CertificateRequest, { node }: ServingFacts): string | undefined {
  if (!node) return 'the node does not exist';
  if (node.metadata.deletionTimestamp !== undefined) return 'the node is being deleted';
  return node.metadata.name === nodeNameOf(request.subject.commonName) ? undefined : 'the node is another';
}

function addressFault(
  csr: CertificateSigningRequest,
  request: CertificateRequest,
  facts: ServingFacts,
): string | undefined {
  const own = statedAddresses(facts.node);
  const listed = new Set(allowedAddresses(facts.node));
  const vouched = new Set([...listed, ...sourceAddress(csr)]);
  const stated = new Set(facts.otherNodes.flatMap((node) => [...statedAddresses(node)]));
  const foreign = new Set(facts.otherNodes.flatMap(allowedAddresses));
  const hub = new Set(facts.hubAddresses.map(canonical));
  const pods = [facts.podCidr, ...podCidrsOf(facts)].join(',');
  for (const address of request.ipAddresses.map(canonical)) {
    if (!own.has(address)) return `${address} is not among the node's addresses`;
    if (isNobodys(address, facts.allowLoopback)) return `${address} is no node's address`;
    if (hub.has(address)) return `${address} is the API server's address`;
    if (isWithin(address, facts.serviceCidr)) return `${address} is in the service range`;
    if (isWithin(address, pods)) return `${address} is in the pod range`;
    if (foreign.has(address) || (stated.has(address) && !listed.has(address)))
      return `${address} is claimed by another node`;
    if (!vouched.has(address)) return `${address} is the node's by its own word only`;
  }
  return undefined;
}

/** A DNS name must be the node's name, or a stated one that an administrator listed. */
function nameFault(request: CertificateRequest, facts: ServingFacts): string | undefined {
  const own = statedAddresses(facts.node);
  const allowed = new Set(allowedAddresses(facts.node));
  const foreign = new Set(
    facts.otherNodes.flatMap((node) => [
      canonical(node.metadata.name),
      ...statedAddresses(node),
      ...allowedAddresses(node),
    ]),
  );
  const hub = new Set(facts.hubAddresses.map(canonical));
  for (const name of request.dnsNames.map(canonical)) {
    if (!own.has(name)) return `${name} is not among the node's addresses`;
    if (isIP(name) !== 0) return `${name} is an address, and asked for as a name`;
    if (hub.has(name) || isReserved(name, facts.clusterDomain)) return `${name} is a name of the cluster's`;
    if (foreign.has(name)) return `${name} is claimed by another node`;
    if (name !== canonical(facts.node?.metadata.name ?? '') && !allowed.has(name))
      return `${name} is the node's by its own word only`;
  }
  return undefined;
}

/** A node that has lost its range still has pods with addresses of it: its own counts, too. */
function podCidrsOf({ node, otherNodes }: ServingFacts): string[] {
  return [...(node ? [node] : []), ...otherNodes].flatMap(({ spec }) => [
    ...(spec?.podCIDR ? [spec.podCIDR] : []),
    ...(spec?.podCIDRs ?? []),
  ]);
}

function statedAddresses(node: Node | undefined): Set<string> {
  return new Set((node?.status?.addresses ?? []).map(({ address }) => canonical(address)));
}

function allowedAddresses(node: Node | undefined): string[] {
  const list = node?.metadata.annotations?.[ALLOWED_ADDRESSES] ?? '';
  return list
    .split(',')
    .map((address) => canonical(address.trim()))
    .filter((address) => address !== '');
}

/** More than one value is not what the server writes: then nothing is vouched for. */
function sourceAddress(csr: CertificateSigningRequest): string[] {
  const values = csr.spec.extra?.[SOURCE_IP_EXTRA] ?? [];
  return values.length === 1 ? [canonical(values[0]!)] : [];
}

/** One spelling for each address: IPv6 as RFC 5952, IPv4-mapped as IPv4, names in lower case without a final dot. */
export function canonical(address: string): string {
  if (isIP(address) !== 6) return address.toLowerCase().replace(/\.$/, '');
  const host = new URL(`http://[${address.split('%')[0]}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host);
  if (!mapped) return host;
  const [high, low] = [Number.parseInt(mapped[1]!, 16), Number.parseInt(mapped[2]!, 16)];
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

/** Unspecified, multicast, broadcast and link-local addresses, and the loopback address that is everybody's own. */
const NOBODYS = new BlockList();
NOBODYS.addAddress('127.0.0.1');
NOBODYS.addAddress('::1', 'ipv6');
NOBODYS.addSubnet('0.0.0.0', 8);
NOBODYS.addSubnet('224.0.0.0', 3);
NOBODYS.addAddress('::', 'ipv6');
NOBODYS.addSubnet('ff00::', 8, 'ipv6');
NOBODYS.addSubnet('169.254.0.0', 16);
NOBODYS.addSubnet('fe80::', 10, 'ipv6');

function isNobodys(address: string, allowLoopback: boolean): boolean {
  if (!allowLoopback && isWithin(address, '127.0.0.0/8')) return true;
  return NOBODYS.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** Whether an address lies in a range such as `10.96.0.0/16`; several ranges may be given, comma-separated. */
export function isWithin(address: string, cidrs: string): boolean {
  const ranges = new BlockList();
  for (const cidr of cidrs.split(',').filter((text) => text !== '')) {
    const [base = '', bits = ''] = cidr.trim().split('/');
    ranges.addSubnet(base, Number(bits), isIPv4(base) ? 'ipv4' : 'ipv6');
  }
  return ranges.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** Names under which the API server or Services are reached from within the cluster, whatever a node is called. */
function isReserved(name: string, clusterDomain: string): boolean {
  const reserved = [
    'localhost',
    'localhost.localdomain',
    'kubernetes',
    'svc',
    'cluster',
    canonical(clusterDomain),
  ];
  return (
    name.includes('*') ||
    reserved.includes(name) ||
    name.startsWith('kubernetes.default') ||
    name.endsWith('.localhost') ||
    name.endsWith('.svc') ||
    name.endsWith(`.${canonical(clusterDomain)}`)
  );
}
