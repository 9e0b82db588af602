import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '@hawser/api';
import { dnsSubdomainFault } from '../names.ts';
import { descendingPathFaults } from '../paths.ts';
import { MAX_INT32, rangeFaults, textFaults } from '../value-faults.ts';
import type { PodSecurityContext, PodSpec, SecurityContext } from './pod-types.ts';

const idFaults = (at: string, id: number | undefined) => rangeFaults(at, id, 0, MAX_INT32);

/** Faults of one container's privileges (ValidateSecurityContext). */
export function securityContextFaults(
  at: string,
  context: SecurityContext | undefined,
  hostUsers: boolean,
): FieldError[] {
  if (context === undefined) return [];
  const { privileged, allowPrivilegeEscalation, capabilities, procMount } = context;
  const faults = [
    ...idFaults(`${at}.runAsUser`, context.runAsUser),
    ...idFaults(`${at}.runAsGroup`, context.runAsGroup),
    ...oneOf(`${at}.procMount`, procMount, ['Default', 'Unmasked']),
  ];
  if (hostUsers && procMount === 'Unmasked')
    faults.push(invalidValue(`${at}.procMount`, procMount, '`hostUsers` must be false to use `Unmasked`'));
  faults.push(...profileFaults(`${at}.seccompProfile`, context.seccompProfile, SECCOMP));
  if (allowPrivilegeEscalation === false) {
    const refuse = (what: string) =>
      faults.push(invalidValue(at, context, `cannot set \`allowPrivilegeEscalation\` to false and ${what}`));
    if (privileged) refuse('`privileged` to true');
    for (const capability of capabilities?.add ?? [])
      if (capability === 'CAP_SYS_ADMIN') refuse('`capabilities.Add` CAP_SYS_ADMIN');
  }
  return [
    ...faults,
    ...windowsFaults(`${at}.windowsOptions`, context.windowsOptions),
    ...profileFaults(`${at}.appArmorProfile`, context.appArmorProfile, APP_ARMOR),
  ];
}

/** Faults of what holds for all containers of a pod (validatePodSpecSecurityContext). */
export function podSecurityContextFaults(at: string, spec: PodSpec): FieldError[] {
  const context = spec.securityContext;
  if (context === undefined) return [];
  const { supplementalGroups = [] } = context;
  return [
    ...idFaults(`${at}.fsGroup`, context.fsGroup),
    ...idFaults(`${at}.runAsUser`, context.runAsUser),
    ...idFaults(`${at}.runAsGroup`, context.runAsGroup),
    ...supplementalGroups.flatMap((id, i) => idFaults(`${at}.supplementalGroups[${i}]`, id)),
    ...(spec.shareProcessNamespace && spec.hostPID
      ? [
          invalidValue(
            `${at}.shareProcessNamespace`,
            true,
            'ShareProcessNamespace and HostPID cannot both be enabled',
          ),
        ]
      : []),
    ...sysctlFaults(`${at}.sysctls`, context, spec),
    ...oneOf(`${at}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']),
    ...profileFaults(`${at}.seccompProfile`, context.seccompProfile, SECCOMP),
    ...windowsFaults(`${at}.windowsOptions`, context.windowsOptions),
    ...profileFaults(`${at}.appArmorProfile`, context.appArmorProfile, APP_ARMOR),
    ...oneOf(`${at}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, ['Merge', 'Strict']),
    ...oneOf(`${at}.seLinuxChangePolicy`, context.seLinuxChangePolicy, ['MountOption', 'Recursive']),
  ];
}

/** A pod that has a user namespace of its own shares no other with the node (validateHostUsers). */
export function hostUsersFaults(at: string, spec: PodSpec): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const why = 'when `pod.Spec.HostUsers` is false';
  return [
    ...(spec.hostNetwork ? [forbiddenField(`${at}.hostNetwork`, why)] : []),
    ...(spec.hostPID ? [forbiddenField(`${at}.HostPID`, why)] : []),
    ...(spec.hostIPC ? [forbiddenField(`${at}.HostIPC`, why)] : []),
  ];
}

function oneOf(at: string, value: string | undefined, valid: readonly string[]): FieldError[] {
  return value === undefined || valid.includes(value) ? [] : [notSupported(at, value, valid)];
}

const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;

function sysctlFaults(at: string, { sysctls = [] }: PodSecurityContext, spec: PodSpec): FieldError[] {
  const seen = new Set<string>();
  return sysctls.flatMap(({ name }, i) => {
    const path = `${at}[${i}].name`;
    const faults: FieldError[] = [];
    if (!name) return [required(path)];
    if (name.length > 253 || !SYSCTL.test(name))
      faults.push(
        invalidValue(
          path,
          name,
          'must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
        ),
      );
    else if (seen.has(name)) faults.push(duplicate(path, name));
    seen.add(name);
    const dotted = name.replaceAll('/', '.');
    if (spec.hostNetwork && dotted.startsWith('net.'))
      faults.push(invalidValue(path, name, "may not be specified when 'hostNetwork' is true"));
    else if (spec.hostIPC && /^(kernel\.(shm|msg)|kernel\.sem$|fs\.mqueue\.)/.test(dotted))
      faults.push(invalidValue(path, name, "may not be specified when 'hostIPC' is true"));
    return faults;
  });
}

interface ProfileRule {
  readonly field: string;
  readonly name: string;
  readonly checkPath: boolean;
}
const SECCOMP: ProfileRule = { field: 'seccompProfile', name: 'seccomp', checkPath: true };
const APP_ARMOR: ProfileRule = { field: 'appArmorProfile', name: 'AppArmor', checkPath: false };

/** A profile is of the runtime, or of a file that it names, or none. */
function profileFaults(
  at: string,
  profile: SecurityContext['seccompProfile'],
  { field, name, checkPath }: ProfileRule,
): FieldError[] {
  if (profile === undefined) return [];
  const { type, localhostProfile: file } = profile;
  if (!type) return [required(`${at}.type`, `type is required when ${field} is set`)];
  const faults = oneOf(`${at}.type`, type, ['Localhost', 'RuntimeDefault', 'Unconfined']);
  if (type !== 'Localhost') {
    if (file !== undefined)
      faults.push(
        invalidValue(
          `${at}.localhostProfile`,
          checkPath ? profile : file,
          `can only be set when ${name} type is Localhost`,
        ),
      );
    return faults;
  }
  const needed = required(`${at}.localhostProfile`, `must be set when ${name} type is Localhost`);
  if (file === undefined) return [...faults, needed];
  if (checkPath) return [...faults, ...descendingPathFaults(`${at}.localhostProfile`, file)];
  if (file.trim() !== file)
    faults.push(invalidValue(`${at}.localhostProfile`, file, 'must not be padded with whitespace'));
  else if (file === '') faults.push(needed);
  if (file.length > 4095) faults.push(tooLong(`${at}.localhostProfile`, 4095));
  return faults;
}

/** Settings for nodes that run Windows; the name of a user is looked at on the node. */
function windowsFaults(at: string, options: SecurityContext['windowsOptions']): FieldError[] {
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options ?? {};
  const faults =
    gmsaCredentialSpecName === undefined
      ? []
      : textFaults(`${at}.gmsaCredentialSpecName`, gmsaCredentialSpecName, dnsSubdomainFault);
  if (gmsaCredentialSpec === '')
    faults.push(
      invalidValue(
        `${at}.gmsaCredentialSpec`,
        gmsaCredentialSpec,
        'gmsaCredentialSpec cannot be an empty string',
      ),
    );
  if (runAsUserName === '')
    faults.push(
      invalidValue(`${at}.runAsUserName`, runAsUserName, 'runAsUserName cannot be an empty string'),
    );
  return faults;
}
