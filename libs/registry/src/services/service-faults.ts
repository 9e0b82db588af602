import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  type ServicePort,
  type ServiceSpec,
} from '@hawser/api';
import {
  cidrFaults,
  ipFaults,
  nonSpecialIpFaults,
  portNumberFaults,
  portNumberOrNameFaults,
} from '../validation/addresses.ts';
import {
  dnsLabelFault,
  dnsSubdomainFault,
  labelValueFault,
  qualifiedNameFault,
} from '../validation/names.ts';
import { clusterIPsFaults } from './cluster-ips-faults.ts';
import {
  isExternallyAccessible,
  isHeadless,
  needsHealthCheck,
  type ServiceObject,
} from './service-traits.ts';

/** A day: so long a client may stay with a pod. */
const MAX_AFFINITY_SECONDS = 86_400;
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const ONLY_LOAD_BALANCER = "may only be used when `type` is 'LoadBalancer'";

/** Faults of a Service (core/validation `ValidateService`), enumerations apart: its table has them. */
export function serviceFaults(service: ServiceObject): FieldError[] {
  const { spec = {} } = service;
  return [
    ...typeFaults(spec),
    ...portsFaults(spec),
    ...selectorFaults(spec),
    ...affinityFaults(spec),
    ...clusterIPsFaults(spec),
    ...externalIPFaults(spec),
    ...sourceRangeFaults(service),
    ...loadBalancerFaults(spec),
    ...trafficFaults(spec),
  ];
}

function typeFaults(spec: ServiceSpec): FieldError[] {
  const { type, clusterIPs, ports = [] } = spec;
  const faults: FieldError[] = [];
  if (ports.length === 0 && !isHeadless(spec) && type !== 'ExternalName') faults.push(required('spec.ports'));
  if ((type === 'LoadBalancer' || type === 'NodePort') && isHeadless(spec))
    faults.push(
      invalidValue('spec.clusterIPs[0]', clusterIPs![0], `may not be set to 'None' for ${type} services`),
    );
  return type === 'ExternalName' ? [...faults, ...externalNameFaults(spec)] : faults;
}

function externalNameFaults(spec: ServiceSpec): FieldError[] {
  const faults: FieldError[] = [];
  for (const field of ['clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const)
    if (spec[field] !== undefined && spec[field].length > 0)
      faults.push(forbiddenField(`spec.${field}`, 'may not be set for ExternalName services'));
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') return [...faults, required('spec.externalName')];
  return [...faults, ...said('spec.externalName', name, dnsSubdomainFault(name))];
}

function portsFaults({ ports = [], type }: ServiceSpec): FieldError[] {
  const names = new Set<string>();
  const nodePorts = new Set<string>();
  return ports.flatMap((port, i) => {
    const at = `spec.ports[${i}]`;
    const faults = [...portNameFaults(port, at, ports.length > 1, names), ...portFaults(port, at)];
    const { nodePort, protocol } = port;
    if (!nodePort) return faults;
    if (type === 'ClusterIP')
      faults.push(forbiddenField(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
    const key = `${protocol} ${nodePort}`;
    if (nodePorts.has(key)) faults.push(duplicate(`${at}.nodePort`, nodePort));
    nodePorts.add(key);
    return faults;
  });
}

function portNameFaults(
  { name }: ServicePort,
  at: string,
  isNeeded: boolean,
  names: Set<string>,
): FieldError[] {
  if (!name) return isNeeded ? [required(`${at}.name`)] : [];
  const faults = said(`${at}.name`, name, dnsLabelFault(name));
  if (names.has(name)) faults.push(duplicate(`${at}.name`, name));
  names.add(name);
  return faults;
}

function portFaults({ port = 0, targetPort = 0, appProtocol }: ServicePort, at: string): FieldError[] {
  return [
    ...portNumberFaults(`${at}.port`, port),
    ...portNumberOrNameFaults(`${at}.targetPort`, targetPort),
    ...(appProtocol === undefined
      ? []
      : said(`${at}.appProtocol`, appProtocol, qualifiedNameFault(appProtocol))),
  ];
}

function selectorFaults({ selector = {} }: ServiceSpec): FieldError[] {
  return Object.entries(selector).flatMap(([key, value]) => [
    ...said('spec.selector', key, qualifiedNameFault(key)),
    ...said('spec.selector', value, labelValueFault(value)),
  ]);
}

/** What is absent was filled in, and what has no use taken out, with the defaults. */
function affinityFaults({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): FieldError[] {
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (sessionAffinity !== 'ClientIP' || seconds === undefined) return [];
  if (seconds > 0 && seconds <= MAX_AFFINITY_SECONDS) return [];
  return [
    invalidValue(
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds',
      seconds,
      `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`,
    ),
  ];
}

function externalIPFaults({ externalIPs = [] }: ServiceSpec): FieldError[] {
  return externalIPs.flatMap((address, i) => {
    const at = `spec.externalIPs[${i}]`;
    const faults = ipFaults(at, address);
    return faults.length > 0 ? faults : nonSpecialIpFaults(at, address);
  });
}

function sourceRangeFaults({ spec = {}, metadata }: ServiceObject): FieldError[] {
  const isLoadBalancer = spec.type === 'LoadBalancer';
  const { loadBalancerSourceRanges: ranges = [] } = spec;
  if (ranges.length > 0) {
    const at = 'spec.LoadBalancerSourceRanges';
    const faults = ranges.flatMap((range, i) => cidrFaults(`${at}[${i}]`, range.trim()));
    return isLoadBalancer ? faults : [forbiddenField(at, ONLY_LOAD_BALANCER), ...faults];
  }
  const annotation = metadata.annotations?.[SOURCE_RANGES];
  if (annotation === undefined) return [];
  const at = `metadata.annotations[${SOURCE_RANGES}]`;
  const faults =
    annotation.trim() === '' ? [] : annotation.split(',').flatMap((range) => cidrFaults(at, range.trim()));
  return isLoadBalancer ? faults : [forbiddenField(at, ONLY_LOAD_BALANCER), ...faults];
}

function loadBalancerFaults({
  type,
  allocateLoadBalancerNodePorts,
  loadBalancerClass,
}: ServiceSpec): FieldError[] {
  const faults: FieldError[] = [];
  const isLoadBalancer = type === 'LoadBalancer';
  if (allocateLoadBalancerNodePorts !== undefined && !isLoadBalancer)
    faults.push(forbiddenField('spec.allocateLoadBalancerNodePorts', ONLY_LOAD_BALANCER));
  if (loadBalancerClass === undefined) return faults;
  const at = 'spec.loadBalancerClass';
  if (!isLoadBalancer) return [...faults, forbiddenField(at, ONLY_LOAD_BALANCER)];
  return [...faults, ...said(at, loadBalancerClass, qualifiedNameFault(loadBalancerClass))];
}

function trafficFaults(spec: ServiceSpec): FieldError[] {
  const { externalTrafficPolicy, healthCheckNodePort } = spec;
  const faults: FieldError[] = [];
  if (externalTrafficPolicy && !isExternallyAccessible(spec))
    faults.push(
      invalidValue(
        'spec.externalTrafficPolicy',
        externalTrafficPolicy,
        'may only be set for externally-accessible services',
      ),
    );
  const at = 'spec.healthCheckNodePort';
  if (needsHealthCheck(spec))
    return [...faults, ...(healthCheckNodePort ? portNumberFaults(at, healthCheckNodePort) : [required(at)])];
  if (healthCheckNodePort)
    faults.push(
      invalidValue(
        at,
        healthCheckNodePort,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ),
    );
  return faults;
}

function said(at: string, value: string, fault: string | undefined): FieldError[] {
  return fault === undefined ? [] : [invalidValue(at, value, fault)];
}
