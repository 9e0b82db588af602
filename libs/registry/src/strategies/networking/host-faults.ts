import { type FieldError, invalidValue } from '@hawser/api';
import { dnsSubdomainFault } from '../../validation/names.ts';

const WILDCARD = /^\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Faults of a host name that may begin with `*.`. */
export function hostFaults(at: string, host: string): FieldError[] {
  const fault = host.includes('*') ? wildcardFault(host) : dnsSubdomainFault(host);
  return fault === undefined ? [] : [invalidValue(at, host, fault)];
}

function wildcardFault(host: string): string | undefined {
  if (host.length > 253) return 'must be no more than 253 bytes';
  return WILDCARD.test(host)
    ? undefined
    : "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
}
