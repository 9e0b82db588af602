import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '@hawser/api';
import type {
  Connection,
  EgressSelection,
  EgressSelectorConfiguration,
  TLSConfig,
  Transport,
} from './egress-selector-configuration.ts';

/** Upstream's paths: they name no index. */
const PATH = 'service.connection';
const NAMES = ['cluster', 'controlplane', 'etcd'];
const PROTOCOLS = ['Direct', 'HTTPConnect', 'GRPC'];

/**
 * What is wrong with a configuration (apiserver/pkg/server/egressselector/config.go), and what is refused here and
 * taken upstream: links that are neither encrypted nor on this machine, servers for which any CA may vouch, and a way
 * to a store that is not reached by network.
 */
export function validateEgressSelectorConfiguration({
  egressSelections = [],
}: EgressSelectorConfiguration): FieldError[] {
  return [
    ...egressSelections.flatMap(({ connection = {} }) => connectionFaults(connection)),
    ...nameFaults(egressSelections),
    ...egressSelections.filter(({ name }) => nameOf(name) === 'etcd').flatMap(storeFaults),
  ];
}

/** Names are the same however they are written. */
export const nameOf = (name = ''): string => name.toLowerCase();

function connectionFaults({ proxyProtocol = '', transport }: Connection): FieldError[] {
  switch (proxyProtocol) {
    case 'Direct':
      return transport === undefined
        ? []
        : [invalidValue(`${PATH}.transport`, 'direct', 'config must be absent for direct connect')];
    case 'HTTPConnect':
      return httpConnectFaults(transport);
    case 'GRPC':
      return grpcFaults(transport);
    default:
      return [notSupported(`${PATH}.protocol`, proxyProtocol, PROTOCOLS)];
  }
}

function nameFaults(selections: readonly EgressSelection[]): FieldError[] {
  const seen = new Set<string>();
  return selections.flatMap(({ name }, index) => {
    const canonical = nameOf(name);
    if (seen.has(canonical)) return [duplicate(`${PATH}[${index}]`, canonical)];
    seen.add(canonical);
    return NAMES.includes(canonical) ? [] : [notSupported(PATH, canonical, NAMES)];
  });
}

function storeFaults({ connection }: EgressSelection): FieldError[] {
  if (connection?.proxyProtocol === 'Direct') return [];
  const why =
    'egressSelection "etcd" must be Direct or absent: the store is a file on the hub\'s own disk, to which no tunnel leads';
  return [forbiddenField(`${PATH}.protocol`, why)];
}

function httpConnectFaults(transport: Transport | undefined): FieldError[] {
  if (transport === undefined)
    return [required(`${PATH}.transport`, 'transport must be set for HTTPConnect')];
  const { tcp, uds } = transport;
  if (tcp !== undefined && uds !== undefined)
    return [invalidValue(`${PATH}.tcp`, tcp, 'TCP and UDS cannot both be set')];
  if (tcp !== undefined) return tcpFaults(tcp);
  if (uds !== undefined) return udsFaults(uds);
  return [required(`${PATH}.tcp`, 'One of TCP or UDS must be set')];
}

function grpcFaults(transport: Transport | undefined): FieldError[] {
  if (transport === undefined) return [required(`${PATH}.transport`, 'transport must be set for GRPC')];
  const { tcp, uds } = transport;
  if (uds === undefined) return [required(`${PATH}.uds`, 'UDS must be set with GRPC')];
  // Upstream would not look at it.
  if (tcp !== undefined) return [invalidValue(`${PATH}.tcp`, tcp, 'TCP and UDS cannot both be set')];
  return udsFaults(uds);
}

function udsFaults({ udsName = '' }: NonNullable<Transport['uds']>): FieldError[] {
  const path = `${PATH}.udsName`;
  if (udsName === '') return [invalidValue(path, 'nil', 'must be present for UDS connections')];
  return isAbsolute(udsName)
    ? []
    : [invalidValue(path, udsName, 'must be an absolute path, without unix://')];
}

function tcpFaults({ url = '', tlsConfig }: NonNullable<Transport['tcp']>): FieldError[] {
  const path = `${PATH}.url`;
  if (url.startsWith('http://')) {
    const why =
      'plain HTTP is refused: whoever can reach this port would reach every node as the hub does, and whoever listens would read along; use https:// with tlsConfig, or uds';
    return [forbiddenField(path, why)];
  }
  if (!url.startsWith('https://'))
    return [invalidValue(path, url, 'supported connection protocols are http:// and https://')];
  const whole = URL.parse(url);
  const beyond = whole && `${whole.username}${whole.password}${whole.pathname}${whole.search}${whole.hash}`;
  if (beyond !== '/') return [invalidValue(path, url, 'must be https://HOST:PORT and nothing more')];
  return tlsFaults(tlsConfig);
}

function tlsFaults(tlsConfig: TLSConfig | undefined): FieldError[] {
  const path = `${PATH}.tlsConfig`;
  if (tlsConfig === undefined) return [required(path, 'TLSConfig must be present when using HTTPS')];
  const { caBundle = '', clientCert = '', clientKey = '' } = tlsConfig;
  const files = [
    {
      name: 'caBundle',
      file: caBundle,
      absent:
        'Using TLS requires caBundle: any CA that this machine trusts could vouch for the server otherwise',
      missing: 'TLS config ca bundle does not exist',
    },
    {
      name: 'clientCert',
      file: clientCert,
      absent: 'Using TLS requires clientCert',
      missing: 'TLS client cert does not exist',
    },
    {
      name: 'clientKey',
      file: clientKey,
      absent: 'Using TLS requires clientKey',
      missing: 'TLS client key does not exist',
    },
  ];
  return files.flatMap(({ name, file, absent, missing }) => {
    if (file === '') return [invalidValue(`${path}.${name}`, 'nil', absent)];
    return existsSync(file) ? [] : [invalidValue(`${path}.${name}`, file, missing)];
  });
}
