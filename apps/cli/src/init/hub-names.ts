import { isIP } from 'node:net';
import type { SubjectAlternativeNamesInput } from '@hawser/pki';

/** The first address of the default service range: the `kubernetes` Service. */
const KUBERNETES_SERVICE_ADDRESS = '10.96.0.1';
const DNS_NAME = /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/i;

export const isDnsName = (text: string): boolean => DNS_NAME.test(text);

/**
 * The names that the hub's certificate carries: how pods, this machine and whoever else was named reach it.
 * A host name that is no DNS name is left out. Throws for an extra one that is neither a name nor an address.
 */
export function hubNames(hostName: string, extras: readonly string[]): SubjectAlternativeNamesInput {
  const { dnsNames = [], ipAddresses = [] } = machineNames(hostName, extras);
  const service = ['', '.default', '.default.svc', '.default.svc.cluster.local'];
  return {
    dnsNames: [...dnsNames, ...service.map((suffix) => `kubernetes${suffix}`)],
    ipAddresses: [...ipAddresses, KUBERNETES_SERVICE_ADDRESS],
  };
}

/** The names at which what runs beside the hub is reached. Throws as `hubNames`. */
export function machineNames(hostName: string, extras: readonly string[]): SubjectAlternativeNamesInput {
  const wrong = extras.find((extra) => isIP(extra) === 0 && !DNS_NAME.test(extra));
  if (wrong !== undefined)
    throw new Error(`--apiserver-cert-extra-sans: ${JSON.stringify(wrong)} is no DNS name or IP address`);
  const dnsNames = [
    'localhost',
    ...(DNS_NAME.test(hostName) ? [hostName] : []),
    ...extras.filter((extra) => isIP(extra) === 0),
  ];
  const ipAddresses = ['127.0.0.1', '::1', ...extras.filter((extra) => isIP(extra) !== 0)];
  return { dnsNames: [...new Set(dnsNames)], ipAddresses: [...new Set(ipAddresses)] };
}
