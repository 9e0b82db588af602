import { AgentRefusedError } from '../../link/agent-connection.ts';
import { type AddressRange, parseAddress, parseCidr } from './address-range.ts';

export type IdentifierType = 'ipv4' | 'ipv6' | 'host' | 'cidr' | 'default-route';

/** One thing that an agent says it can reach. */
export interface Claim {
  readonly type: IdentifierType;
  /** As the agent wrote it; host names in one spelling. */
  readonly value: string;
  /** Of all but host names; the default route has none either. */
  readonly range?: AddressRange;
}

/** A claim that does not count, and why. */
export interface RejectedClaim {
  readonly type: IdentifierType;
  readonly value: string;
  readonly reason: ClaimFault;
}

/** Few enough to be the label of a metric. */
export type ClaimFault =
  | 'malformed'
  | 'nodes_unknown'
  | 'no_node'
  | 'not_granted'
  | 'not_of_node'
  | 'other_node'
  | 'hub_address'
  | 'service_range'
  | 'reserved';

const MAX_BYTES = 64 * 1024;
const MAX_CLAIMS = 1_000;
/** No name or range is longer: of what is none, so much is kept and said in the log. */
const MAX_VALUE = 256;
const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);

/**
 * Reads what an agent says of itself, in upstream's form: a URL-encoded list such as `ipv4=10.0.0.1&host=node-1`. As
 * upstream's server does, types that are not known are passed over: a newer agent may send them.
 * @throws AgentRefusedError when there is more of it than any agent has to say.
 */
export function parseIdentifiers(text: string): { claims: Claim[]; malformed: RejectedClaim[] } {
  if (text.length > MAX_BYTES)
    throw new AgentRefusedError('InvalidArgument', 'agentIdentifiers are too long');
  const claims = new Map<string, Claim>();
  const malformed: RejectedClaim[] = [];
  for (const [type, value] of new URLSearchParams(text)) {
    if (!isKnown(type) || (type === 'default-route' && !TRUE.has(value))) continue;
    const claim = readClaim(type, value);
    if (claim === undefined) malformed.push({ type, value: value.slice(0, MAX_VALUE), reason: 'malformed' });
    else claims.set(`${type}=${claim.value}`, claim);
    if (claims.size + malformed.length > MAX_CLAIMS)
      throw new AgentRefusedError('InvalidArgument', `more than ${MAX_CLAIMS} agentIdentifiers`);
  }
  return { claims: [...claims.values()], malformed };
}

function isKnown(type: string): type is IdentifierType {
  return type === 'ipv4' || type === 'ipv6' || type === 'host' || type === 'cidr' || type === 'default-route';
}

function readClaim(type: IdentifierType, value: string): Claim | undefined {
  if (type === 'default-route') return { type, value: 'true' };
  if (type === 'host') return hostClaim(value);
  const range = type === 'cidr' ? parseCidr(value) : parseAddress(value);
  if (
    range === undefined ||
    (type === 'ipv6' && range.family !== 6) ||
    (type === 'ipv4' && range.family !== 4)
  )
    return undefined;
  return { type, value, range };
}

/** A host may be an address: then it counts as one. */
function hostClaim(value: string): Claim | undefined {
  const range = parseAddress(value);
  if (range !== undefined) return { type: 'host', value, range };
  const name = canonicalName(value);
  return isName(name) ? { type: 'host', value: name } : undefined;
}

/** One spelling for each name: lower case, without a final dot. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** Whether it is a DNS name in its one spelling (RFC 1123). */
export function isName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
}
