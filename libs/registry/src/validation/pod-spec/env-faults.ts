import { type FieldError, invalidValue, notSupported, required } from '@hawser/api';
import { configKeyFault } from '../config-key.ts';
import { dnsSubdomainFault, qualifiedNameFault } from '../names.ts';
import { textFaults } from '../value-faults.ts';
import type { EnvFrom, EnvVar } from './pod-types.ts';

/** Faults of a container's variables (ValidateEnv). */
export function envFaults(at: string, variables: readonly EnvVar[] = []): FieldError[] {
  return variables.flatMap((variable, i) => {
    const name = variable.name || '';
    return [
      ...(name === '' ? [required(`${at}[${i}].name`)] : textFaults(`${at}[${i}].name`, name, envNameFault)),
      ...valueFromFaults(`${at}[${i}].valueFrom`, variable),
    ];
  });
}

function envNameFault(name: string): string | undefined {
  return /^[\x20-\x7e]*$/.test(name) && !name.includes('=')
    ? undefined
    : "a valid environment variable name must consist only of printable ASCII characters other than '='";
}

const SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'] as const;

function valueFromFaults(at: string, { value, valueFrom }: EnvVar): FieldError[] {
  if (valueFrom === undefined) return [];
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  const faults: FieldError[] = [];
  if (fieldRef) faults.push(...fieldRefFaults(`${at}.fieldRef`, fieldRef, ENV_FIELDS));
  if (resourceFieldRef)
    faults.push(...resourceFieldRefFaults(`${at}.resourceFieldRef`, resourceFieldRef, false));
  if (configMapKeyRef) faults.push(...keyRefFaults(`${at}.configMapKeyRef`, configMapKeyRef));
  if (secretKeyRef) faults.push(...keyRefFaults(`${at}.secretKeyRef`, secretKeyRef));
  const sources = SOURCES.filter((source) => valueFrom[source] !== undefined).length;
  if (sources === 0)
    faults.push(
      invalidValue(
        at,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ),
    );
  else if (value) faults.push(invalidValue(at, '', 'may not be specified when `value` is not empty'));
  else if (sources > 1)
    faults.push(invalidValue(at, '', 'may not have more than one field specified at a time'));
  return faults;
}

function keyRefFaults(at: string, { name = '', key }: { name?: string; key?: string }): FieldError[] {
  return [
    ...textFaults(`${at}.name`, name, dnsSubdomainFault),
    ...(key ? textFaults(`${at}.key`, key, configKeyFault) : [required(`${at}.key`)]),
  ];
}

/** Faults of what is taken wholesale into the environment (ValidateEnvFrom). */
export function envFromFaults(at: string, sources: readonly EnvFrom[] = []): FieldError[] {
  return sources.flatMap(({ prefix, configMapRef, secretRef }, i) => {
    const faults = prefix ? textFaults(`${at}[${i}].prefix`, prefix, envNameFault) : [];
    for (const [field, reference] of Object.entries({ configMapRef, secretRef })) {
      if (reference === undefined) continue;
      const { name } = reference;
      const path = `${at}[${i}].${field}.name`;
      faults.push(...(name ? textFaults(path, name, dnsSubdomainFault) : [required(path)]));
    }
    // Of the list and not of its item, as upstream says it.
    if (configMapRef === undefined && secretRef === undefined)
      faults.push(invalidValue(at, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (configMapRef !== undefined && secretRef !== undefined)
      faults.push(invalidValue(at, '', 'may not have more than one field specified at a time'));
    return faults;
  });
}

const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

/** The fields of a pod that files of a volume can tell. */
export const VOLUME_FIELDS = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

const KNOWN_FIELDS = new Set([
  ...ENV_FIELDS,
  ...VOLUME_FIELDS,
  'spec.restartPolicy',
  'status.phase',
  'spec.host',
]);
const SUBSCRIPT = /^(.*)\['(.*)'\]$/;

/** Faults of a reference to a field of the pod itself (validateObjectFieldSelector). */
export function fieldRefFaults(
  at: string,
  { apiVersion, fieldPath }: { apiVersion?: string; fieldPath?: string },
  allowed: readonly string[],
): FieldError[] {
  if (!apiVersion) return [required(`${at}.apiVersion`)];
  if (!fieldPath) return [required(`${at}.fieldPath`)];
  const [, path, subscript] = SUBSCRIPT.exec(fieldPath) ?? [];
  const label = path ?? fieldPath;
  if (apiVersion !== 'v1') return [convertFault(at, fieldPath, `unsupported pod version: ${apiVersion}`)];
  if (
    path === undefined
      ? !KNOWN_FIELDS.has(label)
      : !['metadata.annotations', 'metadata.labels'].includes(path)
  )
    return [
      convertFault(
        at,
        fieldPath,
        path === undefined
          ? `field label not supported: ${label}`
          : `field label does not support subscript: ${fieldPath}`,
      ),
    ];
  if (path === undefined)
    return allowed.includes(label) ? [] : [notSupported(`${at}.fieldPath`, label, allowed)];
  const key = path === 'metadata.annotations' ? subscript!.toLowerCase() : subscript!;
  return textFaults(at, key, qualifiedNameFault);
}

function convertFault(at: string, fieldPath: string, why: string): FieldError {
  return invalidValue(`${at}.fieldPath`, fieldPath, `error converting fieldPath: ${why}`);
}

const RESOURCE_FIELDS = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const SIZES = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/** Faults of a reference to a request or limit (validateContainerResourceFieldSelector). */
export function resourceFieldRefFaults(
  at: string,
  { containerName, resource = '', divisor }: { containerName?: string; resource?: string; divisor?: string },
  inVolume: boolean,
): FieldError[] {
  const hugePages = /^(requests|limits)\.hugepages-/.test(resource);
  const faults: FieldError[] = [];
  if (inVolume && !containerName) faults.push(required(`${at}.containerName`));
  else if (resource === '') faults.push(required(`${at}.resource`));
  else if (!RESOURCE_FIELDS.includes(resource) && !hugePages)
    faults.push(notSupported(`${at}.resource`, resource, RESOURCE_FIELDS));
  return [...faults, ...divisorFaults(`${at}.divisor`, resource, divisor, hugePages)];
}

function divisorFaults(
  at: string,
  resource: string,
  divisor: string | undefined,
  hugePages: boolean,
): FieldError[] {
  if (divisor === undefined || divisor === '0') return [];
  if (resource.endsWith('.cpu'))
    return ['1m', '1'].includes(divisor)
      ? []
      : [invalidValue(at, resource, "only divisor's values 1m and 1 are supported with the cpu resource")];
  const what = hugePages
    ? 'hugepages'
    : resource.endsWith('.memory')
      ? 'memory'
      : resource.endsWith('.ephemeral-storage')
        ? 'local ephemeral storage'
        : undefined;
  return what === undefined || SIZES.includes(divisor)
    ? []
    : [
        invalidValue(
          at,
          resource,
          `only divisor's values ${SIZES.join(', ')} are supported with the ${what} resource`,
        ),
      ];
}
