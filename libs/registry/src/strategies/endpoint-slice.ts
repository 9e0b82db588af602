import { isIPv4 } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import {
  type DiscoveryEndpointPort,
  duplicate,
  type Endpoint,
  type EndpointHints,
  type EndpointSlice,
  type FieldError,
  invalidValue,
  required,
  tooMany,
} from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { ipFaults, isIPv6Address, nonSpecialIpFaults } from '../validation/addresses.ts';
import {
  dnsLabelFault,
  dnsSubdomainFault,
  labelValueFault,
  qualifiedNameFault,
} from '../validation/names.ts';

type SliceObject = EndpointSlice & Record<string, unknown>;

/** Upstream's bounds (pkg/apis/discovery/validation). */
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;
const MAX_ENDPOINTS = 1_000;
const MAX_HINTS = 8;

/** @param allowLoopback whether endpoints may be on this machine, as those of a development cluster are. */
export function endpointSliceStrategy(allowLoopback: boolean): Strategy<SliceObject> {
  return {
    prepareForCreate(slice) {
      slice.metadata.generation = 1;
      complete(slice);
    },

    prepareForUpdate(slice, old) {
      complete(slice);
      if (isDeepStrictEqual(content(slice), content(old))) return;
      slice.metadata.generation = (old.metadata.generation ?? 0) + 1;
    },

    validate(slice) {
      return [...endpointsFaults(slice, allowLoopback), ...portsFaults(slice.ports ?? [])];
    },

    validateUpdate(slice, old) {
      if (slice.addressType === old.addressType) return [];
      return [invalidValue('addressType', slice.addressType, 'field is immutable')];
    },
  };
}

/** The topology of v1beta1 cannot be written through v1. */
function complete(slice: SliceObject): void {
  slice.endpoints ??= [];
  for (const endpoint of slice.endpoints) delete endpoint.deprecatedTopology;
}

/** What counts as a change: everything but metadata, labels excepted. */
function content({ metadata, ...rest }: SliceObject): unknown {
  return { labels: metadata.labels ?? {}, ...rest };
}

function endpointsFaults({ endpoints = [], addressType }: SliceObject, allowLoopback: boolean): FieldError[] {
  if (endpoints.length > MAX_ENDPOINTS) return [tooMany('endpoints', endpoints.length, MAX_ENDPOINTS)];
  return endpoints.flatMap((endpoint, i) => {
    const at = `endpoints[${i}]`;
    return [...addressesFaults(endpoint, at, addressType, allowLoopback), ...placeFaults(endpoint, at)];
  });
}

function addressesFaults(
  { addresses = [] }: Endpoint,
  endpointAt: string,
  addressType: string,
  allowLoopback: boolean,
): FieldError[] {
  const at = `${endpointAt}.addresses`;
  if (addresses.length === 0) return [required(at, 'must contain at least 1 address')];
  const count = addresses.length > MAX_ADDRESSES ? [tooMany(at, addresses.length, MAX_ADDRESSES)] : [];
  return [
    ...count,
    ...addresses.flatMap((address, i) => addressFaults(`${at}[${i}]`, address, addressType, allowLoopback)),
  ];
}

function addressFaults(
  at: string,
  address: string,
  addressType: string,
  allowLoopback: boolean,
): FieldError[] {
  switch (addressType) {
    case 'IPv4':
    case 'IPv6': {
      const faults = ipFaults(at, address);
      const isOfType = addressType === 'IPv4' ? isIPv4(address) : isIPv6Address(address);
      if (faults.length === 0 && !isOfType)
        faults.push(invalidValue(at, address, `must be an ${addressType} address`));
      return [...faults, ...nonSpecialIpFaults(at, address, allowLoopback)];
    }
    case 'FQDN':
      return domainFaults(at, address);
    default:
      return [];
  }
}

function domainFaults(at: string, name: string): FieldError[] {
  if (name === '') return [required(at)];
  const bare = name.replace(/\.$/, '');
  const fault = dnsSubdomainFault(bare);
  if (fault !== undefined) return [invalidValue(at, bare, fault)];
  return bare.includes('.')
    ? []
    : [invalidValue(at, name, 'should be a domain with at least two segments separated by dots')];
}

function placeFaults(endpoint: Endpoint, at: string): FieldError[] {
  const { hostname, nodeName, hints } = endpoint;
  return [
    ...(hostname === undefined ? [] : said(`${at}.hostname`, hostname, dnsLabelFault(hostname))),
    ...(nodeName === undefined ? [] : said(`${at}.nodeName`, nodeName, dnsSubdomainFault(nodeName))),
    ...(hints === undefined ? [] : hintsFaults(hints, `${at}.hints`)),
  ];
}

function hintsFaults({ forZones = [], forNodes = [] }: EndpointHints, at: string): FieldError[] {
  return [
    ...namesFaults(forZones, `${at}.forZones`, labelValueFault),
    ...namesFaults(forNodes, `${at}.forNodes`, dnsSubdomainFault),
  ];
}

function namesFaults(
  items: readonly { readonly name: string }[],
  at: string,
  faultOf: (name: string) => string | undefined,
): FieldError[] {
  if (items.length > MAX_HINTS) return [tooMany(at, items.length, MAX_HINTS)];
  return items.flatMap(({ name }, i) => {
    const repeated = items.findIndex((other) => other.name === name) < i;
    return [
      ...(repeated ? [duplicate(`${at}[${i}].name`, name)] : []),
      ...said(`${at}[${i}].name`, name, faultOf(name)),
    ];
  });
}

function portsFaults(ports: readonly DiscoveryEndpointPort[]): FieldError[] {
  if (ports.length > MAX_PORTS) return [tooMany('ports', ports.length, MAX_PORTS)];
  const names = new Set<string>();
  return ports.flatMap(({ name = '', appProtocol }, i) => {
    const at = `ports[${i}]`;
    const faults = name === '' ? [] : said(`${at}.name`, name, dnsLabelFault(name));
    if (names.has(name)) faults.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (appProtocol !== undefined)
      faults.push(...said(`${at}.appProtocol`, appProtocol, qualifiedNameFault(appProtocol)));
    return faults;
  });
}

function said(at: string, value: string, fault: string | undefined): FieldError[] {
  return fault === undefined ? [] : [invalidValue(at, value, fault)];
}
