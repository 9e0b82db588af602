import { type FieldError, forbiddenField, invalidValue, type ServiceSpec } from '@hawser/api';
import { isHeadless, needsHealthCheck } from './service-traits.ts';

const FIXED = 'may not change once set';

/** Faults of a change of a Service (core/validation `ValidateServiceUpdate`). */
export function serviceChangeFaults(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  const faults = [...addressChangeFaults(spec, old), ...familyChangeFaults(spec, old)];
  if (
    old.type === 'LoadBalancer' &&
    spec.type === 'LoadBalancer' &&
    old.loadBalancerClass !== spec.loadBalancerClass
  )
    faults.push(invalidValue('spec.loadBalancerClass', spec.loadBalancerClass ?? null, FIXED));
  if (needsHealthCheck(old) && needsHealthCheck(spec) && old.healthCheckNodePort !== spec.healthCheckNodePort)
    faults.push(forbiddenField('spec.healthCheckNodePort', 'field is immutable'));
  return faults;
}

/** Addresses stay, except from and to ExternalName; a second one may come and go. */
function addressChangeFaults(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return [];
  if (isHeadless(spec) && isHeadless(old)) return [];
  const { clusterIPs: after = [] } = spec;
  const { clusterIPs: before = [] } = old;
  if (before.length === after.length)
    return before.flatMap((address, i) =>
      address === after[i] ? [] : [invalidValue(`spec.clusterIPs[${i}]`, after, FIXED)],
    );
  const faults: FieldError[] = [];
  if (after.length === 0)
    faults.push(invalidValue('spec.clusterIPs[0]', after, 'primary clusterIP can not be unset'));
  else if (before.length > 0 && after[0] !== before[0])
    faults.push(invalidValue('spec.clusterIPs[0]', after, FIXED));
  if (before.length > after.length && after.length === 1 && spec.ipFamilyPolicy !== 'SingleStack')
    faults.push(mustBeSingle(spec, 'clusterIP'));
  return faults;
}

function familyChangeFaults(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return [];
  if (isHeadless(spec) || isHeadless(old)) return [];
  const { ipFamilies: after = [] } = spec;
  const { ipFamilies: before = [] } = old;
  const at = 'spec.ipFamilies[0]';
  if (before.length === after.length)
    return before.flatMap((family, i) => (family === after[i] ? [] : [invalidValue(at, after, FIXED)]));
  const faults: FieldError[] = [];
  if (before.length > 0 && after.length > 0 && before[0] !== after[0])
    faults.push(invalidValue(at, after, FIXED));
  if (before.length > after.length && after.length === 1 && spec.ipFamilyPolicy !== 'SingleStack')
    faults.push(mustBeSingle(spec, 'ipFamily'));
  return faults;
}

function mustBeSingle({ ipFamilyPolicy }: ServiceSpec, what: string): FieldError {
  return invalidValue(
    'spec.ipFamilyPolicy',
    ipFamilyPolicy ?? null,
    `must be set to 'SingleStack' when releasing the secondary ${what}`,
  );
}
