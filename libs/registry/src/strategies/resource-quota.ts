import {
  type FieldError,
  invalidValue,
  type ResourceQuota,
  type ResourceQuotaSpec,
  required,
  type ScopedResourceSelectorRequirement,
} from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import {
  isStandardQuotaResource,
  quotaResourceNameFaults,
  resourceQuantityFaults,
} from '../validation/resource-names.ts';

type Data = ResourceQuota & Record<string, unknown>;
type Amounts = Readonly<Record<string, string>>;

/** Rules of kubernetes/pkg/apis/core/validation, ValidateResourceQuota. */
export const resourceQuotaStrategy: Strategy<Data> = {
  prepareForCreate(quota) {
    quota.spec ??= {};
    quota.status = {};
  },

  validate({ spec = {} }) {
    return [...amountFaults('spec.hard', spec.hard), ...scopesFaults(spec), ...scopeSelectorFaults(spec)];
  },

  validateUpdate({ spec = {} }, old) {
    const before = new Set(old.spec?.scopes);
    const after = new Set(spec.scopes);
    if (before.symmetricDifference(after).size === 0) return [];
    return [invalidValue('spec.scopes', spec.scopes ?? null, 'field is immutable')];
  },

  validateStatusUpdate({ status = {} }) {
    return [...amountFaults('status.hard', status.hard), ...amountFaults('status.used', status.used)];
  },
};

function amountFaults(at: string, amounts: Amounts = {}): FieldError[] {
  return Object.entries(amounts).flatMap(([name, amount]) => [
    ...quotaResourceNameFaults(`${at}[${name}]`, name),
    ...resourceQuantityFaults(`${at}[${name}]`, name, amount),
  ]);
}

const SCOPES = new Set([
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
  'VolumeAttributesClass',
]);
/** They hold or do not; they have no values. */
const PLAIN_SCOPES = new Set([
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'CrossNamespacePodAffinity',
]);
const CONFLICTING = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;
const COMPUTE = new Set([
  'pods',
  ...['cpu', 'memory'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
]);
const CLAIMS = new Set(['persistentvolumeclaims', 'requests.storage']);

function isValidForResource(scope: string, resource: string): boolean {
  if (scope === 'BestEffort') return resource === 'pods';
  if (scope === 'VolumeAttributesClass') return CLAIMS.has(resource);
  return SCOPES.has(scope) ? COMPUTE.has(resource) : true;
}

/** The limited resources that a scope says nothing about. */
function unsupportedBy(scope: string, { hard = {} }: ResourceQuotaSpec): string[] {
  return Object.keys(hard).filter(
    (name) => isStandardQuotaResource(name) && !isValidForResource(scope, name),
  );
}

function scopesFaults(spec: ResourceQuotaSpec): FieldError[] {
  const { scopes = [] } = spec;
  const at = 'spec.scopes';
  const faults = [...new Set(scopes)].flatMap((scope) => [
    ...(SCOPES.has(scope) ? [] : [invalidValue(at, scopes, 'unsupported scope')]),
    ...unsupportedBy(scope, spec).map(() =>
      invalidValue(at, scopes, 'unsupported scope applied to resource'),
    ),
  ]);
  return [...faults, ...conflictFaults(scopes, scopes)];
}

function scopeSelectorFaults(spec: ResourceQuotaSpec): FieldError[] {
  if (spec.scopeSelector === undefined) return [];
  const { matchExpressions = [] } = spec.scopeSelector;
  const at = 'spec.scopeSelector.matchExpressions';
  const told = new Set<string>();
  const faults = matchExpressions.flatMap((requirement) => [
    ...(SCOPES.has(requirement.scopeName)
      ? []
      : [invalidValue(`${at}.scopeName`, requirement.scopeName, 'unsupported scope')]),
    // A scope that stands again says nothing new of the resources.
    ...(told.size === told.add(requirement.scopeName).size
      ? []
      : unsupportedBy(requirement.scopeName, spec)
    ).map(() => invalidValue(at, spec.scopeSelector, 'unsupported scope applied to resource')),
    ...operatorFaults(at, requirement),
  ]);
  const names = matchExpressions.map(({ scopeName }) => scopeName);
  return [...faults, ...conflictFaults(names, spec.scopes ?? null)];
}

function conflictFaults(scopes: readonly string[], shown: unknown): FieldError[] {
  return CONFLICTING.filter((pair) => pair.every((scope) => scopes.includes(scope))).map(() =>
    invalidValue('spec.scopes', shown, 'conflicting scopes'),
  );
}

function operatorFaults(
  at: string,
  { scopeName, operator, values = [] }: ScopedResourceSelectorRequirement,
): FieldError[] {
  const faults: FieldError[] = [];
  if (PLAIN_SCOPES.has(scopeName) && operator !== 'Exists')
    faults.push(
      invalidValue(
        `${at}.operator`,
        operator,
        "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
      ),
    );
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0)
      faults.push(
        required(
          `${at}.values`,
          "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
        ),
      );
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0)
      faults.push(
        invalidValue(
          `${at}.values`,
          values,
          "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
        ),
      );
  } else faults.push(invalidValue(`${at}.operator`, operator, 'not a valid selector operator'));
  return faults;
}
