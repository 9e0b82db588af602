import { isIP } from 'node:net';
import { type FieldError, forbiddenField, invalidValue, notSupported, type ServiceStatus } from '@hawser/api';
import { serviceChangeFaults } from '../services/service-change-faults.ts';
import { defaultServiceSpec, defaultServiceStatus } from '../services/service-defaults.ts';
import { serviceFaults } from '../services/service-faults.ts';
import type { ServiceObject } from '../services/service-traits.ts';
import { serviceWarnings } from '../services/service-warnings.ts';
import type { Strategy } from '../strategy.ts';
import { ipFaults } from '../validation/addresses.ts';
import { dnsLabelFault, dnsSubdomainFault } from '../validation/names.ts';
import type { WriteContext } from '../write-context.ts';

/** Addresses and ports are the allocator's affair, which completes a Service before it is validated. */
export const serviceStrategy: Strategy<ServiceObject> = {
  allowCreateOnUpdate: true,
  returnDeletedObject: true,
  validateName: dnsLabelFault,

  prepareForCreate(service, context) {
    complete(service, context);
    service.status = { loadBalancer: {} };
  },

  prepareForUpdate(service, _old, context) {
    complete(service, context);
  },

  prepareForStatusUpdate(service) {
    service.status ??= {};
    service.status.loadBalancer ??= {};
    defaultServiceStatus(service.status);
  },

  validate: serviceFaults,

  validateUpdate(service, old) {
    return serviceChangeFaults(service.spec ?? {}, old.spec ?? {});
  },

  validateStatusUpdate({ spec, status = {} }) {
    return loadBalancerStatusFaults(status, spec?.type);
  },
};

function complete(service: ServiceObject, context: WriteContext): void {
  service.spec ??= {};
  defaultServiceSpec(service.spec);
  for (const warning of serviceWarnings(service)) context.warn(warning);
}

const MODES: readonly string[] = ['Proxy', 'VIP'];

/** Faults of what a load balancer reports (core/validation `ValidateLoadBalancerStatus`). */
function loadBalancerStatusFaults({ loadBalancer }: ServiceStatus, type: string | undefined): FieldError[] {
  const ingress = loadBalancer?.ingress ?? [];
  const at = 'status.loadBalancer.ingress';
  const faults: FieldError[] = [];
  if (ingress.length > 0 && type !== 'LoadBalancer')
    faults.push(forbiddenField(at, 'may only be used when `spec.type` is "LoadBalancer"'));
  ingress.forEach(({ ip, ipMode, hostname }, i) => {
    if (ip) faults.push(...ipFaults(`${at}[${i}].ip`, ip));
    if (ipMode !== undefined && !ip)
      faults.push(forbiddenField(`${at}[${i}].ipMode`, 'may not be specified when `ip` is not set'));
    else if (ipMode !== undefined && !MODES.includes(ipMode))
      faults.push(notSupported(`${at}[${i}].ipMode`, ipMode, MODES));
    if (hostname) faults.push(...hostNameFaults(`${at}[${i}].hostname`, hostname));
  });
  return faults;
}

function hostNameFaults(at: string, hostname: string): FieldError[] {
  const fault = dnsSubdomainFault(hostname);
  const faults = fault === undefined ? [] : [invalidValue(at, hostname, fault)];
  if (isIP(hostname) !== 0) faults.push(invalidValue(at, hostname, 'must be a DNS name, not an IP address'));
  return faults;
}
