import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundValue,
  notSupported,
  parseQuantity,
  required,
} from '@hawser/api';
import { dnsLabelFault } from '../names.ts';
import { isOvercommitAllowed, resourceNameFaults, resourceQuantityFaults } from '../resource-names.ts';
import { textFaults } from '../value-faults.ts';
import type { ResourceRequirements } from './pod-types.ts';

const isHugePages = (name: string) => name.startsWith('hugepages-');

const POD_RESOURCES = ['cpu', 'memory'];

/** What a pod as a whole can ask for (validatePodResourceName). */
export function podResourceNameFaults(at: string, name: string): FieldError[] {
  const faults = resourceNameFaults(at, name);
  if (faults.length > 0) return faults;
  return POD_RESOURCES.includes(name) || isHugePages(name)
    ? []
    : [notSupported(at, name, [...POD_RESOURCES, 'hugepages-'])];
}

const amountOf = (quantity: string) => parseQuantity(quantity).nano;

/** @param nameFaults what the names of resources must be; @param claimNames the claims that the pod has. */
export function resourceRequirementsFaults(
  at: string,
  { limits = {}, requests = {}, claims = [] }: ResourceRequirements,
  nameFaults: (at: string, name: string) => FieldError[],
  claimNames: ReadonlySet<string>,
): FieldError[] {
  const faults: FieldError[] = [];
  const checkAll = (field: string, quantities: Readonly<Record<string, string>>) => {
    for (const [name, quantity] of Object.entries(quantities)) {
      const path = `${at}.${field}[${name}]`;
      faults.push(...nameFaults(path, name), ...resourceQuantityFaults(path, name, quantity));
      // A resource may be called as something that every object of the runtime has.
      const limit = Object.hasOwn(limits, name) ? limits[name] : undefined;
      if (field === 'requests') faults.push(...overLimitFaults(at, name, quantity, limit));
      if (isHugePages(name)) faults.push(...hugePageFaults(path, name, quantity));
    }
  };
  checkAll('limits', limits);
  checkAll('requests', requests);
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.some((name) => name === 'cpu' || name === 'memory'))
    faults.push(forbiddenField(at, 'HugePages require cpu or memory'));
  return [...faults, ...claimFaults(`${at}.claims`, claims, claimNames)];
}

function overLimitFaults(
  at: string,
  name: string,
  quantity: string,
  limit: string | undefined,
): FieldError[] {
  if (limit === undefined)
    return isOvercommitAllowed(name)
      ? []
      : [required(`${at}.limits`, 'Limit must be set for non overcommitable resources')];
  const [asked, most] = [amountOf(quantity), amountOf(limit)];
  if (asked !== most && !isOvercommitAllowed(name))
    return [invalidValue(`${at}.requests`, quantity, `must be equal to ${name} limit of ${limit}`)];
  return asked > most
    ? [invalidValue(`${at}.requests`, quantity, `must be less than or equal to ${name} limit of ${limit}`)]
    : [];
}

function hugePageFaults(at: string, name: string, quantity: string): FieldError[] {
  let size = 0n;
  try {
    size = amountOf(name.slice('hugepages-'.length));
  } catch {
    // A size that is no quantity divides nothing.
  }
  const amount = amountOf(quantity);
  return size > 0n && amount >= 0n && amount % size === 0n
    ? []
    : [invalidValue(at, quantity, `${quantity} is not positive integer multiple of ${name}`)];
}

function claimFaults(
  at: string,
  claims: readonly { name?: string; request?: string }[],
  podClaims: ReadonlySet<string>,
): FieldError[] {
  const seen = new Set<string>();
  const requested = new Set<string>();
  const known = podClaims.size === 0 ? ' which is empty' : `: ${[...podClaims].sort().join(', ')}`;
  return claims.flatMap(({ name, request }, i) => {
    const path = `${at}[${i}]`;
    if (!name) return [required(path)];
    const key = request ? `${name}/${request}` : name;
    const faults = request ? textFaults(`${path}.request`, request, dnsLabelFault) : [];
    const overlaps = seen.has(name) || seen.has(key) || (!request && requested.has(name));
    if (overlaps) faults.push(duplicate(path, seen.has(name) ? name : key));
    seen.add(key);
    if (request) requested.add(name);
    if (!podClaims.has(name))
      faults.push(notFoundValue(path, name, `must be one of the names in pod.spec.resourceClaims${known}`));
    return faults;
  });
}
