import {
  type FieldError,
  type HTTPIngressPath,
  type Ingress,
  type IngressBackend,
  type IngressRule,
  invalidValue,
  notSupported,
  required,
} from '@hawser/api';
import type { Strategy } from '../../strategy.ts';
import { portNumberOrNameFaults } from '../../validation/addresses.ts';
import { dnsLabelFault, dnsSubdomainFault } from '../../validation/names.ts';
import { hostFaults } from './host-faults.ts';
import { typedReferenceFaults } from './typed-reference-faults.ts';

type Data = Ingress & Record<string, unknown>;

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

export const ingressStrategy: Strategy<Data> = {
  countsGenerations: true,

  prepareForCreate(ingress) {
    ingress.spec ??= {};
    ingress.status = { loadBalancer: {} };
  },

  validate(ingress) {
    const { spec } = ingress;
    const { rules = [], tls = [], defaultBackend, ingressClassName } = spec;
    const faults: FieldError[] = [];
    if (rules.length === 0 && defaultBackend === undefined)
      faults.push(
        invalidValue('spec', spec.rules ?? null, 'either `defaultBackend` or `rules` must be specified'),
      );
    if (defaultBackend !== undefined) faults.push(...backendFaults(defaultBackend, 'spec.defaultBackend'));
    rules.forEach((rule, i) => {
      for (const fault of ruleFaults(rule, `spec.rules[${i}]`)) faults.push(fault);
    });
    tls.forEach(({ hosts = [], secretName }, i) => {
      for (const fault of hosts.flatMap((host, j) => hostFaults(`spec.tls[${i}].hosts[${j}]`, host)))
        faults.push(fault);
      if (secretName)
        faults.push(...faultOf(`spec.tls[${i}].secretName`, secretName, dnsSubdomainFault(secretName)));
    });
    if (ingressClassName !== undefined)
      faults.push(...faultOf('spec.ingressClassName', ingressClassName, dnsSubdomainFault(ingressClassName)));
    return [...faults, ...classFaults(ingress)];
  },
};

/** The older way of naming the class may not contradict the newer. */
function classFaults({ metadata, spec }: Data): FieldError[] {
  const annotation = metadata.annotations?.[CLASS_ANNOTATION];
  const isNew = metadata.resourceVersion === undefined || metadata.resourceVersion === '';
  if (!isNew || annotation === undefined || spec.ingressClassName === undefined) return [];
  if (annotation === spec.ingressClassName) return [];
  return [
    invalidValue(
      `annotations.${CLASS_ANNOTATION}`,
      annotation,
      'must match `ingressClassName` when both are specified',
    ),
  ];
}

function ruleFaults({ host, http }: IngressRule, at: string): FieldError[] {
  const faults: FieldError[] = [];
  if (host) {
    if (/^\d+(\.\d+){3}$/.test(host) || host.includes(':'))
      faults.push(invalidValue(`${at}.host`, host, 'must be a DNS name, not an IP address'));
    faults.push(...hostFaults(`${at}.host`, host));
  }
  if (http === undefined) return faults;
  const { paths = [] } = http;
  if (paths.length === 0) faults.push(required(`${at}.http.paths`));
  return [...faults, ...paths.flatMap((path, i) => pathFaults(path, `${at}.http.paths[${i}]`))];
}

function pathFaults({ path = '', pathType, backend }: HTTPIngressPath, at: string): FieldError[] {
  if (pathType === undefined) return [required(`${at}.pathType`, 'pathType must be specified')];
  const faults: FieldError[] = [];
  if (!PATH_TYPES.includes(pathType)) faults.push(notSupported(`${at}.pathType`, pathType, PATH_TYPES));
  else if (!path.startsWith('/') && (path !== '' || pathType !== 'ImplementationSpecific'))
    faults.push(invalidValue(`${at}.path`, path, 'must be an absolute path'));
  if (pathType === 'Exact' || pathType === 'Prefix') faults.push(...sequenceFaults(path, `${at}.path`));
  return [...faults, ...backendFaults(backend ?? {}, `${at}.backend`)];
}

function sequenceFaults(path: string, at: string): FieldError[] {
  return [
    ...['//', '/./', '/../', '%2f', '%2F'].flatMap((sequence) =>
      path.includes(sequence) ? [invalidValue(at, path, `must not contain '${sequence}'`)] : [],
    ),
    ...['/..', '/.'].flatMap((end) =>
      path.endsWith(end) ? [invalidValue(at, path, `cannot end with '${end}'`)] : [],
    ),
  ];
}

function backendFaults({ service, resource }: IngressBackend, at: string): FieldError[] {
  if (service !== undefined && resource !== undefined)
    return [invalidValue(at, '', 'cannot set both resource and service backends')];
  if (resource !== undefined) return typedReferenceFaults(`${at}.resource`, resource);
  if (service === undefined) return [invalidValue(at, '', 'resource or service backend is required')];
  // That the name is missing is told by the schema.
  const faults = service.name ? faultOf(`${at}.service.name`, service.name, dnsLabelFault(service.name)) : [];
  const { name, number } = service.port ?? {};
  if (name && number) faults.push(invalidValue(at, '', 'cannot set both port name & port number'));
  else if (name) faults.push(...portNumberOrNameFaults(`${at}.service.port.name`, name));
  else if (number) faults.push(...portNumberOrNameFaults(`${at}.service.port.number`, number));
  else faults.push(required(at, 'port name or number is required'));
  return faults;
}

function faultOf(at: string, value: unknown, fault: string | undefined): FieldError[] {
  return fault === undefined ? [] : [invalidValue(at, value, fault)];
}
