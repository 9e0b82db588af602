import { type AddressRange, contains, parseRange } from './address-range.ts';
import { type Claim, canonicalName, isName } from './parse-identifiers.ts';

/** What an operator says that an agent may claim. The operator's word stands above all other rules. */
export interface Grants {
  readonly ranges: readonly AddressRange[];
  readonly names: ReadonlySet<string>;
  readonly defaultRoute: boolean;
}

export const NO_GRANTS: Grants = { ranges: [], names: new Set(), defaultRoute: false };

/** The word for the default route, as in agents' identifiers. */
const DEFAULT_ROUTE = 'default-route';

/**
 * Reads addresses, CIDRs, host names and `default-route`.
 * @param onFault is told of each word that is none of them.
 */
export function parseGrants(words: readonly string[], onFault: (word: string) => void = () => {}): Grants {
  const ranges: AddressRange[] = [];
  const names = new Set<string>();
  let defaultRoute = false;
  for (const word of words.map((each) => each.trim()).filter((each) => each !== '')) {
    const range = parseRange(word);
    if (word === DEFAULT_ROUTE) defaultRoute = true;
    else if (range !== undefined) ranges.push(range);
    else if (isName(canonicalName(word))) names.add(canonicalName(word));
    else onFault(word);
  }
  // Whoever may claim every address may as well be asked for all of them.
  return { ranges, names, defaultRoute: defaultRoute || ranges.some(({ length }) => length === 0) };
}

export function mergeGrants(a: Grants, b: Grants): Grants {
  if (a === NO_GRANTS) return b;
  if (b === NO_GRANTS) return a;
  return {
    ranges: [...a.ranges, ...b.ranges],
    names: new Set([...a.names, ...b.names]),
    defaultRoute: a.defaultRoute || b.defaultRoute,
  };
}

export function isGranted({ type, value, range }: Claim, grants: Grants): boolean {
  if (type === 'default-route') return grants.defaultRoute;
  if (range !== undefined) return grants.ranges.some((granted) => contains(granted, range));
  return grants.names.has(value);
}

/**
 * Reads `--agent-grants`: `IDENTITY=WHAT`, where the identity is a user name (a certificate's common name, or
 * `system:serviceaccount:NAMESPACE:NAME`); given once for each thing granted.
 * @param faults takes a line for each word that cannot be read.
 */
export function parseAgentGrants(words: readonly string[], faults: string[]): ReadonlyMap<string, Grants> {
  const all = new Map<string, Grants>();
  for (const word of words) {
    const at = word.lastIndexOf('=');
    const [identity, what] = [word.slice(0, at), word.slice(at + 1)];
    const fault = `invalid value ${JSON.stringify(word)} for --agent-grants: expected IDENTITY=CIDR, IDENTITY=HOST or IDENTITY=${DEFAULT_ROUTE}`;
    if (at < 1 || what === '') faults.push(fault);
    else {
      const grants = parseGrants([what], () => faults.push(fault));
      all.set(identity, mergeGrants(all.get(identity) ?? NO_GRANTS, grants));
    }
  }
  return all;
}
