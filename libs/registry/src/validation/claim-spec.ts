import { type FieldError, invalidValue, type PersistentVolumeClaimSpec, required } from '@hawser/api';
import { labelSelectorFaults } from '../strategies/label-selector-faults.ts';
import { dnsLabelFault, dnsSubdomainFault } from './names.ts';
import { positiveQuantityFaults } from './quantities.ts';
import { accessModeFaults, classNameFaults } from './volume-terms.ts';

type Spec = PersistentVolumeClaimSpec;

/** Faults of a claim's spec, by itself or as a pod's template (`ValidatePersistentVolumeClaimSpec`). */
export function claimSpecFaults(at: string, spec: Spec): FieldError[] {
  const faults = accessModeFaults(at, spec.accessModes, 'at least 1 access mode is required');
  if (spec.selector !== undefined)
    for (const fault of labelSelectorFaults(`${at}.selector`, spec.selector)) faults.push(fault);
  const size = spec.resources?.requests?.['storage'];
  faults.push(
    ...(size === undefined
      ? [required(`${at}.resources[storage]`)]
      : positiveQuantityFaults(`${at}.resources[storage]`, size)),
    ...classNameFaults(`${at}.storageClassName`, spec.storageClassName),
    ...sourceFaults(at, spec),
    ...classNameFaults(`${at}.volumeAttributesClassName`, spec.volumeAttributesClassName),
  );
  return faults;
}

function sourceFaults(at: string, { dataSource, dataSourceRef }: Spec): FieldError[] {
  const faults = [
    ...referenceFaults(`${at}.dataSource`, dataSource),
    ...referenceFaults(`${at}.dataSourceRef`, dataSourceRef),
  ];
  const within = dataSourceRef?.namespace ? dnsLabelFault(dataSourceRef.namespace) : undefined;
  if (within !== undefined)
    faults.push(invalidValue(`${at}.dataSourceRef.namespace`, dataSourceRef?.namespace, within));
  if (dataSource !== undefined && dataSourceRef !== undefined && !isSameSource(dataSource, dataSourceRef))
    faults.push(invalidValue(at, `${at}.dataSource`, 'must match dataSourceRef'));
  return faults;
}

type Reference = NonNullable<Spec['dataSource']>;

function isSameSource(one: Reference, other: Reference): boolean {
  return one.apiGroup === other.apiGroup && one.kind === other.kind && one.name === other.name;
}

function referenceFaults(at: string, reference: Reference | undefined): FieldError[] {
  if (reference === undefined) return [];
  const { apiGroup = '', kind = '' } = reference;
  if (apiGroup === '' && kind !== 'PersistentVolumeClaim')
    return [invalidValue(at, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup")];
  const fault = apiGroup === '' ? undefined : dnsSubdomainFault(apiGroup);
  return fault === undefined ? [] : [invalidValue(`${at}.apiGroup`, apiGroup, fault)];
}
