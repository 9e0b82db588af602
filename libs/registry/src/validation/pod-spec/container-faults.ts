import {
  type Container,
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundValue,
  notSupported,
  required,
  type Volume,
} from '@hawser/api';
import { portNumberFaults, portNumberOrNameFaults } from '../addresses.ts';
import { dnsLabelFault } from '../names.ts';
import { containerResourceNameFaults } from '../resource-names.ts';
import { textFaults } from '../value-faults.ts';
import { envFaults, envFromFaults } from './env-faults.ts';
import { lifecycleFaults, type ProbeField, probeFaults } from './handler-faults.ts';
import { deviceFaults, mountFaults } from './mount-faults.ts';
import type { PodSpec } from './pod-types.ts';
import { resourceRequirementsFaults } from './resource-faults.ts';
import { securityContextFaults } from './security-context-faults.ts';

/** What the faults of containers depend on, beside the containers. */
export interface ContainerSurroundings {
  readonly spec: PodSpec;
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly claimNames: ReadonlySet<string>;
}

const PROBES: readonly ProbeField[] = ['livenessProbe', 'readinessProbe', 'startupProbe'];

/** Faults of the containers that make the pod (validateContainers). */
export function containersFaults(at: string, surroundings: ContainerSurroundings): FieldError[] {
  const { containers = [], terminationGracePeriodSeconds: grace } = surroundings.spec;
  if (containers.length === 0) return [required(at)];
  const names = new Set<string>();
  const faults = containers.flatMap((container, i) => {
    const path = `${at}[${i}]`;
    const found = commonFaults(path, container, surroundings);
    if (names.has(container.name)) found.push(duplicate(`${path}.name`, container.name));
    names.add(container.name);
    for (const fault of runningFaults(path, container, grace)) found.push(fault);
    if (container.restartPolicy !== undefined)
      found.push(forbiddenField(`${path}.restartPolicy`, 'may not be set for non-init containers'));
    return found;
  });
  return [...faults, ...hostPortFaults(at, containers)];
}

/** Faults of the containers that run before (validateInitContainers); those that stay are told by `Always`. */
export function initContainersFaults(at: string, surroundings: ContainerSurroundings): FieldError[] {
  const { containers = [], initContainers = [], terminationGracePeriodSeconds: grace } = surroundings.spec;
  const names = new Set(containers.map(({ name }) => name));
  return initContainers.flatMap((container, i) => {
    const path = `${at}[${i}]`;
    const { restartPolicy } = container;
    const found = commonFaults(path, container, surroundings);
    if (restartPolicy !== undefined && restartPolicy !== 'Always')
      found.push(notSupported(`${path}.restartPolicy`, restartPolicy, ['Always']));
    if (names.has(container.name)) found.push(duplicate(`${path}.name`, container.name));
    else if (container.name) names.add(container.name);
    found.push(...hostPortFaults(at, [container]));
    if (restartPolicy === 'Always') return [...found, ...runningFaults(path, container, grace)];
    for (const field of ['lifecycle', ...PROBES] as const)
      if (container[field] !== undefined)
        found.push(
          forbiddenField(
            `${path}.${field}`,
            'may not be set for init containers without restartPolicy=Always',
          ),
        );
    return found;
  });
}

const EPHEMERAL_LACKS = [
  'ports',
  'resources',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resizePolicy',
  'restartPolicy',
] as const;

/** Faults of containers that are there for debugging (validateEphemeralContainers). */
export function ephemeralContainersFaults(at: string, surroundings: ContainerSurroundings): FieldError[] {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = surroundings.spec;
  const others = new Set([...containers, ...initContainers].map(({ name }) => name));
  const names = new Set(others);
  const why = 'cannot be set for an Ephemeral Container';
  return ephemeralContainers.flatMap((container, i) => {
    const path = `${at}[${i}]`;
    const { targetContainerName: target } = container;
    const found = [...commonFaults(path, container, surroundings), ...imageFaults(path, container)];
    if (names.has(container.name)) found.push(duplicate(`${path}.name`, container.name));
    names.add(container.name);
    if (target && !others.has(target)) found.push(notFoundValue(`${path}.targetContainerName`, target));
    for (const field of EPHEMERAL_LACKS)
      if (!isEmpty(container[field])) found.push(forbiddenField(`${path}.${field}`, why));
    (container.volumeMounts ?? []).forEach((mount, j) => {
      for (const field of ['subPath', 'subPathExpr'] as const)
        if (mount[field]) found.push(forbiddenField(`${path}.volumeMounts[${j}].${field}`, why));
    });
    return found;
  });
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && Object.keys(value as object).length === 0);
}

/** What a pod, unlike the template of one, is strict about (validateContainerOnlyForPod). */
export function imageFaults(at: string, { image = '' }: Container): FieldError[] {
  return image.trim() === image
    ? []
    : [invalidValue(`${at}.image`, image, 'must not have leading or trailing whitespace')];
}

const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];

/** What all containers have in common (validateContainerCommon). */
function commonFaults(
  at: string,
  container: Container,
  { spec, volumes, claimNames }: ContainerSurroundings,
): FieldError[] {
  const { name, image, terminationMessagePolicy: policy, imagePullPolicy, resources } = container;
  const faults = name ? textFaults(`${at}.name`, name, dnsLabelFault) : [required(`${at}.name`)];
  if (!image) faults.push(required(`${at}.image`));
  if (policy && !MESSAGE_POLICIES.includes(policy))
    faults.push(notSupported(`${at}.terminationMessagePolicy`, policy, MESSAGE_POLICIES));
  return [
    ...faults,
    ...containerPortFaults(`${at}.ports`, container.ports),
    ...envFaults(`${at}.env`, container.env),
    ...envFromFaults(`${at}.envFrom`, container.envFrom),
    ...mountFaults(`${at}.volumeMounts`, container, volumes),
    ...deviceFaults(`${at}.volumeDevices`, container, volumes),
    ...(imagePullPolicy && !PULL_POLICIES.includes(imagePullPolicy)
      ? [notSupported(`${at}.imagePullPolicy`, imagePullPolicy, PULL_POLICIES)]
      : []),
    ...resourceRequirementsFaults(
      `${at}.resources`,
      resources ?? {},
      containerResourceNameFaults,
      claimNames,
    ),
    ...resizeFaults(`${at}.resizePolicy`, container, spec),
    ...securityContextFaults(`${at}.securityContext`, container.securityContext, spec.hostUsers !== false),
  ];
}

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

function containerPortFaults(at: string, ports: Container['ports'] = []): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap(({ name, containerPort, hostPort, protocol }, i) => {
    const path = `${at}[${i}]`;
    const faults = name ? portNumberOrNameFaults(`${path}.name`, name) : [];
    if (name && names.has(name)) faults.push(duplicate(`${path}.name`, name));
    if (name && faults.length === 0) names.add(name);
    faults.push(
      ...(containerPort
        ? portNumberFaults(`${path}.containerPort`, containerPort)
        : [required(`${path}.containerPort`)]),
    );
    if (hostPort) faults.push(...portNumberFaults(`${path}.hostPort`, hostPort));
    if (protocol && !PROTOCOLS.includes(protocol))
      faults.push(notSupported(`${path}.protocol`, protocol, PROTOCOLS));
    return faults;
  });
}

/** Two containers cannot have one port of the node (AccumulateUniqueHostPorts). */
function hostPortFaults(at: string, containers: readonly Container[]): FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap(({ ports = [] }, i) =>
    ports.flatMap(({ protocol = 'TCP', hostIP = '', hostPort }, j) => {
      if (!hostPort) return [];
      const key = `${protocol}/${hostIP}/${hostPort}`;
      const repeats = taken.has(key);
      taken.add(key);
      return repeats ? [duplicate(`${at}[${i}].ports[${j}].hostPort`, key)] : [];
    }),
  );
}

function resizeFaults(at: string, { resizePolicy = [] }: Container, spec: PodSpec): FieldError[] {
  const seen = new Set<string>();
  return resizePolicy.flatMap(({ resourceName, restartPolicy }, i) => {
    const faults = seen.has(resourceName) ? [duplicate(`${at}[${i}]`, resourceName)] : [];
    seen.add(resourceName);
    for (const [value, valid] of [
      [resourceName, ['cpu', 'memory']],
      [restartPolicy, ['NotRequired', 'RestartContainer']],
    ] as const)
      if (!value) faults.push(required(at));
      else if (!valid.some((known) => known === value)) faults.push(notSupported(at, value, valid));
    if (spec.restartPolicy === 'Never' && restartPolicy !== 'NotRequired')
      faults.push(invalidValue(at, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
    return faults;
  });
}

/** What only containers have that keep running: hooks and probes. */
function runningFaults(at: string, container: Container, grace: number | undefined): FieldError[] {
  return [
    ...(container.lifecycle ? lifecycleFaults(`${at}.lifecycle`, container.lifecycle, grace) : []),
    ...PROBES.flatMap((field) => probeFaults(at, field, container[field], grace)),
  ];
}
