import { type FieldError, invalidValue, required } from '@hawser/api';
import { dnsSubdomainFault } from '../names.ts';
import { canonicalIpFaults, textFaults } from '../value-faults.ts';
import type { PodSpec } from './pod-types.ts';

/** What a resolver of libc can do with. */
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARACTERS = 2_048;

/** Faults of a pod's resolver settings (validatePodDNSConfig). */
export function dnsConfigFaults(at: string, { dnsPolicy, dnsConfig }: PodSpec): FieldError[] {
  if (dnsPolicy === 'None') {
    if (dnsConfig === undefined) return [required(at, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if ((dnsConfig.nameservers ?? []).length === 0)
      return [
        required(`${at}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None'),
      ];
  }
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  const faults: FieldError[] = [];
  if (nameservers.length > MAX_NAMESERVERS)
    faults.push(
      invalidValue(
        `${at}.nameservers`,
        nameservers,
        `must not have more than ${MAX_NAMESERVERS} nameservers`,
      ),
    );
  for (const fault of nameservers.flatMap((address, i) =>
    canonicalIpFaults(`${at}.nameservers[${i}]`, address),
  ))
    faults.push(fault);
  if (searches.length > MAX_SEARCHES)
    faults.push(
      invalidValue(`${at}.searches`, searches, `must not have more than ${MAX_SEARCHES} search paths`),
    );
  if (searches.join(' ').length > MAX_SEARCH_CHARACTERS)
    faults.push(
      invalidValue(
        `${at}.searches`,
        searches,
        `must not have more than ${MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list`,
      ),
    );
  for (const fault of searches.flatMap((search, i) => searchFaults(`${at}.searches[${i}]`, search)))
    faults.push(fault);
  options.forEach(({ name }, i) => {
    if (!name) faults.push(required(`${at}.options[${i}]`, 'must not be empty'));
  });
  return faults;
}

const LABEL = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const SEARCH = new RegExp(`^${LABEL}(\\.${LABEL})*$`);

function searchFaults(at: string, search: string): FieldError[] {
  if (search === '.') return [];
  return textFaults(at, search.replace(/\.$/, ''), (name) => {
    if (name.length > 253) return 'must be no more than 253 characters';
    return SEARCH.test(name)
      ? undefined
      : `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${LABEL}(\\.${LABEL})*')`;
  });
}

/** Faults of further lines of the hosts file (ValidateHostAliases). */
export function hostAliasFaults(at: string, aliases: PodSpec['hostAliases'] = []): FieldError[] {
  return aliases.flatMap(({ ip = '', hostnames = [] }, i) => [
    ...canonicalIpFaults(`${at}[${i}].ip`, ip),
    ...hostnames.flatMap((name, j) => textFaults(`${at}[${i}].hostnames[${j}]`, name, dnsSubdomainFault)),
  ]);
}
