import { type FieldError, invalidValue, parseQuantity } from '@hawser/api';
import { qualifiedNameFault } from './names.ts';
import { nonNegativeQuantityFaults } from './quantities.ts';

/**
 * Names and amounts of resources (kubernetes/pkg/apis/core/helper and core/validation). A name with a slash belongs to
 * somebody else and is checked for its form alone.
 */

const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];
const COUNTED = [
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
];
const QUOTA = new Set([
  ...COMPUTE.flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
  ...COUNTED,
  'requests.storage',
]);
const STANDARD = new Set([...QUOTA, 'storage']);
const CONTAINER = new Set(COMPUTE);
const INTEGER = new Set(COUNTED);

/** In the namespace of Kubernetes itself, as all names without one are. */
const isNative = (name: string) => !name.includes('/') || name.includes('kubernetes.io/');
const isHugePages = (name: string) => name.startsWith('hugepages-');
const isHugePagesQuota = (name: string) => isHugePages(name) || name.startsWith('requests.hugepages-');

/** Whether the quota system itself knows the name. */
export function isStandardQuotaResource(name: string): boolean {
  return QUOTA.has(name) || isHugePagesQuota(name);
}

/** Faults of a name that any kind of thing may be limited by. */
export function resourceNameFaults(at: string, name: string): FieldError[] {
  const isStandard = STANDARD.has(name) || isHugePagesQuota(name);
  return nameFaults(at, name, isStandard, 'must be a standard resource type or fully qualified');
}

/** Faults of a name that containers may ask for. */
export function containerResourceNameFaults(at: string, name: string): FieldError[] {
  const faults = resourceNameFaults(at, name);
  if (!name.includes('/')) {
    if (CONTAINER.has(name) || isHugePages(name)) return faults;
    return [...faults, invalidValue(at, name, 'must be a standard resource for containers')];
  }
  if (isNative(name) || isExtendedResource(name)) return faults;
  return [...faults, invalidValue(at, name, "doesn't follow extended resource name standard")];
}

/** Faults of a name that a quota may limit. */
export function quotaResourceNameFaults(at: string, name: string): FieldError[] {
  const faults = resourceNameFaults(at, name);
  if (name.includes('/') || isStandardQuotaResource(name)) return faults;
  return [...faults, invalidValue(at, name, 'must be a standard resource for quota')];
}

/** Faults of how much there is of a resource: never negative, and whole where things are counted. */
export function resourceQuantityFaults(at: string, name: string, amount: string): FieldError[] {
  const faults = nonNegativeQuantityFaults(at, amount);
  const { nano } = parseQuantity(amount);
  const isInteger = INTEGER.has(name) || isExtendedResource(name);
  if (isInteger && nano % 1_000_000_000n !== 0n) faults.push(invalidValue(at, amount, 'must be an integer'));
  return faults;
}

/** Whether a resource is somebody else's, such as a graphics card: qualified, and not in kubernetes.io. */
export function isExtendedResource(name: string): boolean {
  if (isNative(name) || name.startsWith('requests.')) return false;
  return qualifiedNameFault(`requests.${name}`) === undefined;
}

/** Whether limits may be above requests: not of what is handed out in pieces. */
export function isOvercommitAllowed(name: string): boolean {
  return isNative(name) && !isHugePages(name);
}

function nameFaults(at: string, name: string, isStandard: boolean, detail: string): FieldError[] {
  const fault = qualifiedNameFault(name);
  if (fault !== undefined) return [invalidValue(at, name, fault)];
  return name.includes('/') || isStandard ? [] : [invalidValue(at, name, detail)];
}
