import {
  type Container,
  duplicate,
  type FieldError,
  invalidValue,
  type PodSpec,
  required,
} from '@hawser/api';
import { dnsLabelFault } from '../validation/names.ts';
import { volumeFaults } from './pod-volumes.ts';

/**
 * Defaults of a pod's spec that depend on other fields, alike in a pod and in a template of pods
 * (core/v1 defaults.go, SetDefaults_PodSpec).
 */
export function completePodSpec(spec: PodSpec): void {
  spec.containers ??= [];
  spec.securityContext ??= {};
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  for (const container of containersOf(spec)) {
    container.imagePullPolicy ??= /(:latest|^[^:@]*)$/.test(container.image ?? '')
      ? 'Always'
      : 'IfNotPresent';
    container.resources ??= {};
    for (const port of container.ports ?? []) port.protocol ??= 'TCP';
  }
}

/** Defaults that a pod alone gets; a template stays as it was written (SetDefaults_Pod). */
export function completeSpecOfPod(spec: PodSpec): void {
  spec.enableServiceLinks ??= true;
  for (const { resources, ports = [] } of containersOf(spec)) {
    // A limit without a request asks for as much.
    if (resources?.limits !== undefined) resources.requests = { ...resources.limits, ...resources.requests };
    if (!spec.hostNetwork) continue;
    for (const port of ports) port.hostPort ??= port.containerPort;
  }
}

/**
 * Faults of a pod's spec, wherever it stands (core/validation.go, ValidatePodSpec).
 * @param at its path: `spec` in a pod, `spec.template.spec` in what makes pods.
 */
export function podSpecFaults(spec: PodSpec, at: string): FieldError[] {
  const faults: FieldError[] = [];
  if ((spec.containers ?? []).length === 0) faults.push(required(`${at}.containers`));
  const names = new Set<string>();
  for (const field of ['initContainers', 'containers'] as const)
    (spec[field] ?? []).forEach((container, i) => {
      const path = `${at}.${field}[${i}]`;
      faults.push(...containerFaults(container, path));
      // Two of one list are told by the schema; one of each list would share their files all the same.
      if (field === 'containers' && names.has(container.name))
        faults.push(duplicate(`${path}.name`, container.name));
      if (field === 'initContainers') names.add(container.name);
    });
  faults.push(...volumeFaults(spec, at));
  const { terminationGracePeriodSeconds: grace } = spec;
  if (grace !== undefined && grace < 0)
    faults.push(
      invalidValue(`${at}.terminationGracePeriodSeconds`, grace, 'must be greater than or equal to 0'),
    );
  return faults;
}

function containersOf(spec: PodSpec): Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
}

function containerFaults(container: Container, at: string): FieldError[] {
  const faults: FieldError[] = [];
  if (container.name) {
    const fault = dnsLabelFault(container.name);
    if (fault !== undefined) faults.push(invalidValue(`${at}.name`, container.name, fault));
  }
  if (!container.image) faults.push(required(`${at}.image`));
  (container.ports ?? []).forEach((port, i) => {
    for (const field of ['containerPort', 'hostPort'] as const) {
      const value = port[field];
      if (value !== undefined && (value < (field === 'hostPort' ? 0 : 1) || value > 65535))
        faults.push(
          invalidValue(`${at}.ports[${i}].${field}`, value, 'must be between 1 and 65535, inclusive'),
        );
    }
  });
  (container.env ?? []).forEach((variable, i) => {
    if (variable.name?.includes('='))
      faults.push(
        invalidValue(
          `${at}.env[${i}].name`,
          variable.name,
          "a valid environment variable name must consist only of printable ASCII characters other than '='",
        ),
      );
  });
  return faults;
}
