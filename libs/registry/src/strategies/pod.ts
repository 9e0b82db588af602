import { isDeepStrictEqual } from 'node:util';
import {
  type Container,
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  type Pod,
  required,
} from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { dnsLabelFault } from '../validation/names.ts';
import { qosClass } from './pod-qos.ts';
import { volumeFaults } from './pod-volumes.ts';

type Data = Pod & Record<string, unknown>;

const DEFAULT_GRACE_SECONDS = 30;

export const podStrategy: Strategy<Data> = {
  returnDeletedObject: true,

  prepareForCreate(pod) {
    completeSpec(pod);
    pod.status = { phase: 'Pending', qosClass: qosClass(pod) };
  },

  prepareForUpdate(pod) {
    completeSpec(pod);
  },

  // What the kubelet reports never takes back the class that was fixed at creation.
  prepareForStatusUpdate(pod, old) {
    if (pod.status !== undefined && old.status?.qosClass !== undefined)
      pod.status.qosClass = old.status.qosClass;
  },

  validate(pod) {
    const { spec } = pod;
    if (spec === undefined) return [required('spec')];
    const faults: FieldError[] = [];
    if ((spec.containers ?? []).length === 0) faults.push(required('spec.containers'));
    const names = new Set<string>();
    for (const field of ['initContainers', 'containers'] as const)
      (spec[field] ?? []).forEach((container, i) => {
        const at = `spec.${field}[${i}]`;
        faults.push(...containerFaults(container, at));
        // Two of one list are told by the schema; one of each list would share their files all the same.
        if (field === 'containers' && names.has(container.name))
          faults.push(duplicate(`${at}.name`, container.name));
        if (field === 'initContainers') names.add(container.name);
      });
    faults.push(...volumeFaults(pod));
    if (spec.terminationGracePeriodSeconds !== undefined && spec.terminationGracePeriodSeconds < 0)
      faults.push(
        invalidValue(
          'spec.terminationGracePeriodSeconds',
          spec.terminationGracePeriodSeconds,
          'must be greater than or equal to 0',
        ),
      );
    return faults;
  },

  validateUpdate(pod, old) {
    if (isDeepStrictEqual(mutable(pod), mutable(old))) return [];
    return [
      forbiddenField(
        'spec',
        'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
      ),
    ];
  },

  // Nothing runs yet, or no longer: there is nothing to wait for.
  gracePeriod({ spec, status }, asked) {
    if (!spec?.nodeName || status?.phase === 'Succeeded' || status?.phase === 'Failed') return 0;
    return asked ?? spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  },
};

/** Defaults that depend on other fields (core/v1 defaults.go). */
function completeSpec(pod: Data): void {
  // Admission looks into the spec before validation finds that nothing is in it.
  pod.spec ??= {} as Data['spec'];
  pod.spec.containers ??= [];
  const { spec } = pod;
  spec.securityContext ??= {};
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    container.imagePullPolicy ??= /(:latest|^[^:@]*)$/.test(container.image ?? '')
      ? 'Always'
      : 'IfNotPresent';
    container.resources ??= {};
    const { limits } = container.resources;
    // A limit without a request asks for as much.
    if (limits !== undefined) container.resources.requests = { ...limits, ...container.resources.requests };
    for (const port of container.ports ?? []) {
      port.protocol ??= 'TCP';
      if (spec.hostNetwork && port.hostPort === undefined) port.hostPort = port.containerPort;
    }
  }
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

/** The spec without what may change after creation. */
function mutable({ spec }: Data): unknown {
  if (spec === undefined) return undefined;
  const {
    activeDeadlineSeconds: _deadline,
    tolerations: _tolerations,
    terminationGracePeriodSeconds: _grace,
    ...rest
  } = spec;
  const images = (containers: Container[] = []) =>
    containers.map(({ image: _image, imagePullPolicy: _policy, ...container }) => container);
  return { ...rest, containers: images(spec.containers), initContainers: images(spec.initContainers) };
}
