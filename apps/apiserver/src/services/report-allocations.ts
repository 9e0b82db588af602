import { type Event, events, formatTime, services } from '@hawser/api';
import { Counter, Gauge, type Logger, type Registry } from '@hawser/observability';
import {
  type AddressRange,
  type AnyObject,
  createObject,
  type PortRange,
  type ServiceAllocator,
} from '@hawser/registry';
import type { Clock } from '@hawser/runtime';
import { ownWrite } from '../bootstrap/own-write.ts';
import type { Resources } from '../hub.ts';
import {
  type AllocationFault,
  allocationFaults,
  byAge,
  reporterOf,
  SERVICE_REFERENCE,
} from './allocation-faults.ts';

interface Surroundings {
  readonly resources: Resources;
  readonly ranges: { readonly addresses: AddressRange; readonly ports: PortRange };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
}

/** Says at start, in the log, by an Event each and in a metric, what stored Services hold wrongly. */
export async function reportAllocationFaults(surroundings: Surroundings): Promise<void> {
  const { resources, ranges, clock, logger, registry } = surroundings;
  const registers = [registry];
  const errors = {
    address: new Counter({
      name: 'apiserver_clusterip_repair_ip_errors_total',
      help: 'Addresses of stored Services that are wrong, by type.',
      labelNames: ['type'],
      registers,
    }),
    port: new Counter({
      name: 'apiserver_nodeport_repair_port_errors_total',
      help: 'Node ports of stored Services that are wrong, by type.',
      labelNames: ['type'],
      registers,
    }),
  };
  const stored = byAge(resources.lister(services).list());
  for (const fault of allocationFaults(stored, ranges)) {
    const { reason, message, service } = fault;
    const { namespace, name } = service.metadata;
    logger.warn(
      { service: `${namespace}/${name}`, reason, why: message },
      'a Service holds what it should not',
    );
    const type = reason.endsWith('OutOfRange') ? 'outOfRange' : 'duplicate';
    errors[reason.startsWith('Port') ? 'port' : 'address'].inc({ type });
    await createObject(resources.of(events), namespace!, eventOf(fault, clock), ownWrite).catch((error) =>
      logger.warn({ error }, 'could not report a fault'),
    );
  }
}

function eventOf(fault: AllocationFault, clock: Clock): AnyObject {
  const { metadata } = fault.service;
  const now = formatTime(clock.now());
  const event: Omit<Event, 'metadata'> & { metadata: object } = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { generateName: `${metadata.name.slice(0, 40)}-` },
    involvedObject: {
      ...SERVICE_REFERENCE,
      namespace: metadata.namespace,
      name: metadata.name,
      uid: metadata.uid,
    },
    type: 'Warning',
    reason: fault.reason,
    message: fault.message,
    source: { component: reporterOf(fault) },
    reportingComponent: reporterOf(fault),
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  };
  return event as unknown as AnyObject;
}

/** Tells how full the ranges are, under upstream's names. */
export function measureAllocations(
  allocator: ServiceAllocator,
  { addresses }: { readonly addresses: AddressRange },
  registry: Registry,
): void {
  const registers = [registry];
  const cidr = addresses.text;
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  const ofRange = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['cidr'],
      registers,
      collect() {
        this.set({ cidr }, value());
      },
    });
  ofRange(
    'kube_apiserver_clusterip_allocator_allocated_ips',
    'Addresses that Services have.',
    () => allocator.usage.addresses.used,
  );
  ofRange(
    'kube_apiserver_clusterip_allocator_available_ips',
    'Addresses that are left.',
    () => allocator.usage.addresses.free,
  );
  gauge(
    'kube_apiserver_nodeport_allocator_allocated_ports',
    'Node ports that Services have.',
    () => allocator.usage.ports.used,
  );
  gauge(
    'kube_apiserver_nodeport_allocator_available_ports',
    'Node ports that are left.',
    () => allocator.usage.ports.free,
  );
}
