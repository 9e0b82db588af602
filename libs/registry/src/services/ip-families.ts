import type { FieldError, ServiceSpec } from '@hawser/api';
import { invalidValue } from '@hawser/api';
import { isIPv6Address } from '../validation/addresses.ts';
import { clusterIPsFaults } from './cluster-ips-faults.ts';
import { NONE, sameField } from './service-traits.ts';

/** The one family that this cluster gives Services addresses of. */
const FAMILY = 'IPv4';

const POLICY = 'spec.ipFamilyPolicy';

/**
 * Settles the families of a Service's addresses, on a cluster with one family (upstream's
 * `initIPFamilyFields`), in place.
 * @returns the faults that leave nothing to allocate.
 */
export function settleIPFamilies(spec: ServiceSpec, old: ServiceSpec | undefined): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const selectorless = spec.clusterIP === NONE && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= old?.ipFamilyPolicy ?? (selectorless ? 'RequireDualStack' : 'SingleStack');
  const faults = clusterIPsFaults(spec);
  if (faults.length > 0) return faults;
  if (old !== undefined) faults.push(...releaseSecondary(spec, old));
  faults.push(...singleStackFaults(spec), ...inferFamilies(spec));
  if (faults.length > 0) return faults;
  if (selectorless) {
    settleSelectorless(spec);
    return [];
  }
  if (spec.ipFamilyPolicy === 'RequireDualStack')
    faults.push(
      invalidValue(POLICY, spec.ipFamilyPolicy, 'this cluster is not configured for dual-stack services'),
    );
  spec.ipFamilies?.forEach((family, i) => {
    if (family !== FAMILY)
      faults.push(invalidValue(`spec.ipFamilies[${i}]`, family, 'not configured on this cluster'));
  });
  if (faults.length === 0 && !spec.ipFamilies?.length) spec.ipFamilies = [FAMILY];
  return faults;
}

/** The policy alone says whether a second address or family may go. */
function releaseSecondary(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (sameField(spec, old, 'clusterIPs') && (spec.clusterIPs?.length ?? 0) > 1)
      spec.clusterIPs = spec.clusterIPs!.slice(0, 1);
    if (sameField(spec, old, 'ipFamilies') && (spec.ipFamilies?.length ?? 0) > 1)
      spec.ipFamilies = spec.ipFamilies!.slice(0, 1);
    return [];
  }
  const reduced = (field: 'clusterIPs' | 'ipFamilies') =>
    !!spec[field]?.length && spec[field].length < (old[field]?.length ?? 0);
  const refuse = (what: string) =>
    invalidValue(POLICY, spec.ipFamilyPolicy, `must be 'SingleStack' to release the secondary ${what}`);
  return [
    ...(reduced('clusterIPs') ? [refuse('cluster IP')] : []),
    ...(reduced('ipFamilies') ? [refuse('IP family')] : []),
  ];
}

function singleStackFaults({ ipFamilyPolicy, clusterIPs, ipFamilies }: ServiceSpec): FieldError[] {
  if (ipFamilyPolicy !== 'SingleStack') return [];
  const refuse = (what: string) =>
    invalidValue(
      POLICY,
      ipFamilyPolicy,
      `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`,
    );
  return [
    ...(clusterIPs?.length === 2 ? [refuse('cluster IPs')] : []),
    ...(ipFamilies?.length === 2 ? [refuse('IP families')] : []),
  ];
}

/** An address that is given tells its family where none is. */
function inferFamilies(spec: ServiceSpec): FieldError[] {
  const faults: FieldError[] = [];
  for (const [i, address] of (spec.clusterIPs ?? []).entries()) {
    if (address === NONE) break;
    if (i < (spec.ipFamilies?.length ?? 0)) continue;
    if (isIPv6Address(address))
      faults.push(
        invalidValue(`spec.clusterIPs[${i}]`, spec.clusterIPs, 'IPv6 is not configured on this cluster'),
      );
    else spec.ipFamilies = [...(spec.ipFamilies ?? []), FAMILY];
  }
  return faults;
}

/** Nothing is allocated for these: they may have families that the cluster does not give. */
function settleSelectorless(spec: ServiceSpec): void {
  if (!spec.ipFamilies?.length) spec.ipFamilies = [FAMILY];
  if (spec.ipFamilies.length < 2 && spec.ipFamilyPolicy !== 'SingleStack')
    spec.ipFamilies = [...spec.ipFamilies, spec.ipFamilies[0] === 'IPv4' ? 'IPv6' : 'IPv4'];
}
