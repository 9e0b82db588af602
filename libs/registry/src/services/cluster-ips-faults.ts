import {
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  required,
  type ServiceSpec,
} from '@hawser/api';
import { ipFaults, isIPv6Address } from '../validation/addresses.ts';
import { isHeadless, NONE } from './service-traits.ts';

const AT = 'spec.clusterIPs';
const FAMILIES: readonly string[] = ['IPv4', 'IPv6'];
const POLICIES: readonly string[] = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

/**
 * Faults of a Service's addresses and families (upstream's `ValidateServiceClusterIPsRelatedFields`), before
 * and after allocation.
 */
export function clusterIPsFaults(spec: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const faults = [...agreementFaults(spec), ...familyFaults(spec)];
  const { clusterIPs = [] } = spec;
  const unusable: FieldError[] = [];
  clusterIPs.forEach((address, i) => {
    if (i === 0 && address === NONE) {
      if (clusterIPs.length > 1)
        unusable.push(invalidValue(AT, clusterIPs, "'None' must be the first and only value"));
    } else unusable.push(...ipFaults(`${AT}[${i}]`, address));
  });
  if (clusterIPs.length > 2) faults.push(invalidValue(AT, clusterIPs, 'may only hold up to 2 values'));
  // What is no address belongs to no family: more would be said than is wrong.
  return unusable.length > 0 ? [...faults, ...unusable] : [...faults, ...pairFaults(spec)];
}

/** `clusterIP` is the first of `clusterIPs`. */
function agreementFaults({ clusterIP = '', clusterIPs = [] }: ServiceSpec): FieldError[] {
  if (clusterIP !== '') {
    if (clusterIPs.length === 0) return [required(AT)];
    return clusterIPs[0] === clusterIP
      ? []
      : [invalidValue(AT, clusterIPs, 'first value must match `clusterIP`')];
  }
  return clusterIPs.length === 0
    ? []
    : [invalidValue(AT, clusterIPs, 'must be empty when `clusterIP` is not specified')];
}

function familyFaults({ ipFamilies = [], ipFamilyPolicy }: ServiceSpec): FieldError[] {
  const faults: FieldError[] = [];
  const seen = new Set<string>();
  ipFamilies.forEach((family, i) => {
    if (!FAMILIES.includes(family)) faults.push(notSupported(`spec.ipFamilies[${i}]`, family, FAMILIES));
    if (seen.has(family)) faults.push(duplicate(`spec.ipFamilies[${i}]`, family));
    seen.add(family);
  });
  if (ipFamilyPolicy !== undefined && !POLICIES.includes(ipFamilyPolicy))
    faults.push(notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, POLICIES));
  return faults;
}

/** Of several addresses each is of another family, and of the one that is said of it. */
function pairFaults(spec: ServiceSpec): FieldError[] {
  const { clusterIPs = [], ipFamilies = [] } = spec;
  const faults: FieldError[] = [];
  const kinds = new Set(clusterIPs.map(isIPv6Address));
  if (clusterIPs.length > 1 && kinds.size < 2)
    faults.push(invalidValue(AT, clusterIPs, 'may specify no more than one IP for each IP family'));
  if (isHeadless(spec)) return faults;
  clusterIPs.slice(0, ipFamilies.length).forEach((address, i) => {
    const family = isIPv6Address(address) ? 'IPv6' : 'IPv4';
    if (FAMILIES.includes(ipFamilies[i]!) && family !== ipFamilies[i])
      faults.push(
        invalidValue(
          `${AT}[${i}]`,
          address,
          `expected an ${ipFamilies[i]} value as indicated by \`ipFamilies[${i}]\``,
        ),
      );
  });
  return faults;
}
