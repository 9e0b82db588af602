import {
  type EndpointAddress,
  type EndpointPort,
  type Endpoints,
  type FieldError,
  invalidValue,
  required,
} from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { ipFaults, nonSpecialIpFaults, portNumberFaults } from '../validation/addresses.ts';
import { dnsLabelFault, dnsSubdomainFault, qualifiedNameFault } from '../validation/names.ts';

type EndpointsObject = Endpoints & Record<string, unknown>;

/** @param allowLoopback whether endpoints may be on this machine, as those of a development cluster are. */
export function endpointsStrategy(allowLoopback: boolean): Strategy<EndpointsObject> {
  return {
    allowCreateOnUpdate: true,
    validate({ subsets = [] }) {
      return subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }, i) => {
        const at = `subsets[${i}]`;
        const lists = { addresses, notReadyAddresses };
        return [
          ...(addresses.length + notReadyAddresses.length === 0
            ? [required(at, 'must specify `addresses` or `notReadyAddresses`')]
            : []),
          ...Object.entries(lists).flatMap(([field, list]) =>
            list.flatMap((address, j) => addressFaults(address, `${at}.${field}[${j}]`, allowLoopback)),
          ),
          ...ports.flatMap((port, j) => portFaults(port, `${at}.ports[${j}]`, ports.length > 1)),
        ];
      });
    },
  };
}

function addressFaults(
  { ip, hostname, nodeName }: EndpointAddress,
  at: string,
  allowLoopback: boolean,
): FieldError[] {
  return [
    ...ipFaults(`${at}.ip`, ip ?? ''),
    ...(hostname ? said(`${at}.hostname`, hostname, dnsLabelFault(hostname)) : []),
    ...(nodeName === undefined ? [] : said(`${at}.nodeName`, nodeName, dnsSubdomainFault(nodeName))),
    ...nonSpecialIpFaults(`${at}.ip`, ip ?? '', allowLoopback),
  ];
}

function portFaults(
  { name, port = 0, appProtocol }: EndpointPort,
  at: string,
  needsName: boolean,
): FieldError[] {
  const named = name ? said(`${at}.name`, name, dnsLabelFault(name)) : [];
  return [
    ...(!name && needsName ? [required(`${at}.name`)] : named),
    ...portNumberFaults(`${at}.port`, port),
    ...(appProtocol === undefined
      ? []
      : said(`${at}.appProtocol`, appProtocol, qualifiedNameFault(appProtocol))),
  ];
}

function said(at: string, value: string, fault: string | undefined): FieldError[] {
  return fault === undefined ? [] : [invalidValue(at, value, fault)];
}
