import { isIPv4 } from 'node:net';
import {
  ApiError,
  type FieldError,
  invalid,
  invalidValue,
  type ServicePort,
  type ServiceSpec,
  services,
} from '@hawser/api';
import type { AnyObject } from '../any-object.ts';
import type { ObjectCache } from '../cache/object-cache.ts';
import { ipv4Number, ipv4Text } from '../validation/addresses.ts';
import { dropTypeDependentFields, normalizeClusterIPs, patchAllocatedValues } from './carry-over.ts';
import { settleIPFamilies } from './ip-families.ts';
import type { NumberedPool } from './numbered-pool.ts';
import type { AddressRange, PortRange } from './service-ranges.ts';
import {
  allocatesNodePorts,
  isHeadless,
  NONE,
  needsClusterIP,
  needsHealthCheck,
  needsNodePort,
  nodePortsOf,
  type ServiceObject,
} from './service-traits.ts';

/**
 * Gives Services their addresses and ports. What is taken is what the stored Services have, and what writes
 * under way hold until they are settled: a write that fails, a dry run or a crash leaves nothing behind.
 */
export class ServiceAllocator implements Disposable {
  readonly #addresses: NumberedPool;
  readonly #ports: NumberedPool;
  readonly #subscription: Disposable;

  constructor(
    private readonly ranges: { readonly addresses: AddressRange; readonly ports: PortRange },
    cache: ObjectCache,
  ) {
    this.#addresses = ranges.addresses.createPool();
    this.#ports = ranges.ports.createPool();
    for (const { object } of cache.entries()) this.#count(object, 'take');
    this.#subscription = cache.subscribe({
      event: ({ type, entry, previous }) => {
        // First the new state: what it keeps is never free in between.
        if (type !== 'DELETED') this.#count(entry.object, 'take');
        if (previous !== undefined) this.#count(previous.object, 'release');
      },
      failed: () => {},
    });
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }

  /** How many addresses and ports of the ranges are taken, and how many there are. */
  get usage() {
    const of = ({ used, size }: NumberedPool) => ({ used, free: size - used });
    return { addresses: of(this.#addresses), ports: of(this.#ports) };
  }

  /**
   * Completes a Service with what is allocated, in place.
   * @param old the stored state that it is to replace.
   * @returns what holds the new allocations; to be disposed of when the write is settled, however it ends.
   * @throws ApiError Invalid where what is asked for cannot be had, InternalError when a range is full.
   */
  begin(object: AnyObject, old: AnyObject | undefined): Disposable {
    const { spec = {}, metadata } = object as ServiceObject;
    (object as ServiceObject).spec = spec;
    const before = (old as ServiceObject | undefined)?.spec;
    using holding = new DisposableStack();
    if (before !== undefined) patchAllocatedValues(spec, before);
    normalizeClusterIPs(spec, before);
    const refuse = (faults: FieldError[]) => invalid(services, metadata.name ?? '', faults);
    const faults = settleIPFamilies(spec, before);
    if (faults.length > 0) throw refuse(faults);
    this.#allocateAddress(spec, before, holding, refuse);
    if (needsNodePort(spec)) this.#allocateNodePorts(spec, before, holding, refuse);
    if (needsHealthCheck(spec)) this.#allocateHealthCheckPort(spec, before, holding);
    if (before !== undefined) dropTypeDependentFields(spec, before);
    return holding.move();
  }

  #allocateAddress(
    spec: ServiceSpec,
    old: ServiceSpec | undefined,
    holding: DisposableStack,
    refuse: Refuse,
  ): void {
    // An address is settled for the Service's life, unless its type did not need one.
    if (!needsClusterIP(spec) || isHeadless(spec) || (old !== undefined && needsClusterIP(old))) return;
    const asked = spec.clusterIPs?.[0];
    const number = asked === undefined ? this.#addresses.next() : ipv4Number(asked);
    if (number === undefined) throw exhausted('failed to allocate a serviceIP: range is full');
    const verdict = this.#addresses.look(number);
    if (verdict !== 'free') {
      const { text } = this.ranges.addresses;
      const why =
        verdict === 'taken'
          ? 'provided IP is already allocated'
          : `the provided IP (${asked}) is not in the valid range. The range of valid IPs is ${text}`;
      throw refuse([
        invalidValue('spec.clusterIPs', spec.clusterIPs, `failed to allocate IP ${asked}: ${why}`),
      ]);
    }
    hold(this.#addresses, number, holding);
    spec.clusterIP = ipv4Text(number);
    spec.clusterIPs = [spec.clusterIP];
  }

  #allocateNodePorts(
    spec: ServiceSpec,
    old: ServiceSpec | undefined,
    holding: DisposableStack,
    refuse: Refuse,
  ): void {
    const mine = old !== undefined && needsNodePort(old) ? nodePortsOf(old) : new Set<number>();
    const shared = new SharedNodePorts();
    const take = (i: number, nodePort: number) => {
      if (mine.has(nodePort)) return;
      const why = this.#portFault(nodePort);
      if (why !== undefined) throw refuse([invalidValue(`spec.ports[${i}].nodePort`, nodePort, why)]);
      hold(this.#ports, nodePort, holding);
      mine.add(nodePort);
    };
    // What is named comes first: nothing that is given out may be in its way.
    spec.ports?.forEach((port, i) => {
      if (!port.nodePort) return;
      take(i, port.nodePort);
      shared.note(port);
    });
    if (!allocatesNodePorts(spec)) return;
    for (const port of spec.ports ?? []) {
      if (port.nodePort) continue;
      port.nodePort = shared.find(port) ?? this.#nextPort(mine, holding);
      shared.note(port);
    }
  }

  #allocateHealthCheckPort(spec: ServiceSpec, old: ServiceSpec | undefined, holding: DisposableStack): void {
    const { healthCheckNodePort: asked } = spec;
    // One that stays, and one that was changed: which of both may be is validation's affair.
    if (old !== undefined && needsHealthCheck(old)) return;
    if (!asked) {
      const port = this.#ports.next();
      if (port === undefined) throw exhausted('failed to allocate a HealthCheck NodePort 0: range is full');
      spec.healthCheckNodePort = port;
      hold(this.#ports, port, holding);
      return;
    }
    const why = this.#portFault(asked);
    if (why !== undefined)
      throw exhausted(`failed to allocate requested HealthCheck NodePort ${asked}: ${why}`);
    hold(this.#ports, asked, holding);
  }

  #nextPort(mine: Set<number>, holding: DisposableStack): number {
    const port = this.#ports.next();
    if (port === undefined) throw exhausted('failed to allocate a nodePort: range is full');
    hold(this.#ports, port, holding);
    mine.add(port);
    return port;
  }

  #portFault(port: number): string | undefined {
    switch (this.#ports.look(port)) {
      case 'free':
        return undefined;
      case 'taken':
        return 'provided port is already allocated';
      case 'outside':
        return `provided port is not in the valid range. The range of valid ports is ${this.ranges.ports.text}`;
    }
  }

  #count(object: AnyObject, how: 'take' | 'release'): void {
    const { addresses, ports } = allocationsOf((object as ServiceObject).spec ?? {});
    for (const address of addresses) this.#addresses[how](ipv4Number(address));
    for (const port of ports) this.#ports[how](port);
  }
}

type Refuse = (faults: FieldError[]) => ApiError;

/**
 * What a stored Service has of the ranges; of several ports that share a node port, that counts once. A number that
 * its type has no use for, as one of type ExternalName may carry, is not held.
 */
export function allocationsOf(spec: ServiceSpec): { addresses: string[]; ports: number[] } {
  const ports = needsNodePort(spec) ? nodePortsOf(spec) : new Set<number>();
  if (needsHealthCheck(spec) && spec.healthCheckNodePort) ports.add(spec.healthCheckNodePort);
  if (!needsClusterIP(spec)) return { addresses: [], ports: [...ports] };
  const addresses = (spec.clusterIPs ?? []).filter((address) => address !== NONE && isIPv4(address));
  return { addresses, ports: [...ports] };
}

function hold(pool: NumberedPool, number: number, holding: DisposableStack): void {
  pool.take(number);
  holding.defer(() => pool.release(number));
}

/** Ports of one number and different protocols share a node port. */
class SharedNodePorts {
  readonly #byPort = new Map<number, number>();
  readonly #spoken = new Set<string>();

  note({ port, protocol, nodePort }: ServicePort): void {
    if (!this.#byPort.has(port)) this.#byPort.set(port, nodePort!);
    this.#spoken.add(`${protocol} ${nodePort}`);
  }

  find({ port, protocol }: ServicePort): number | undefined {
    const nodePort = this.#byPort.get(port);
    return this.#spoken.has(`${protocol} ${nodePort}`) ? undefined : nodePort;
  }
}

/** Upstream answers so: nothing is wrong with the object. */
function exhausted(why: string): ApiError {
  return new ApiError('InternalError', `Internal error occurred: ${why}`);
}
